/*
 * Lets TornadoVM see Oclgrind: a library to preload. Oclgrind says that its device is a CPU, a GPU, an accelerator and the default, all at
 * once; TornadoVM takes devices of one type only. Here such a device says that it is a CPU.
 *
 *   cc -shared -fPIC -o oclgrind-visible.so oclgrind-visible.c -ldl
 *
 * Needs no OpenCL headers: the types and numbers below are those of the OpenCL specification.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SUCCESS 0
#define INVALID_VALUE -30
#define DEVICE_TYPE 0x1000
#define TYPE_CPU ((uint64_t) 1 << 1)

typedef int32_t get_device_info(void *device, uint32_t what, size_t size, void *value, size_t *size_needed);

int32_t clGetDeviceInfo(void *device, uint32_t what, size_t size, void *value, size_t *size_needed) {
  static get_device_info *loader;
  uint64_t type;
  int32_t result;
  if (!loader) {
    void *library = dlopen("libOpenCL.so.1", RTLD_NOW);
    loader = library ? (get_device_info *) dlsym(library, "clGetDeviceInfo") : NULL;
    if (!loader) {
      return INVALID_VALUE;
    }
  }
  result = loader(device, what, size, value, size_needed);
  if (result == SUCCESS && what == DEVICE_TYPE && value && size >= sizeof type) {
    memcpy(&type, value, sizeof type);
    if ((type & (type - 1)) != 0) {
      type = TYPE_CPU;
      memcpy(value, &type, sizeof type);
    }
  }
  return result;
}
