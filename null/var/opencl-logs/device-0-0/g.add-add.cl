#pragma OPENCL EXTENSION cl_khr_fp64 : enable  
#pragma OPENCL EXTENSION cl_khr_fp16 : enable  
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable  
__kernel void add(__global long *_kernel_context, __constant uchar *_constant_region, __local uchar *_local_region, __global int *_atomics, __global uchar *a, __global uchar *b, __global uchar *c, __private int n)
{
  long l_6, l_8, l_7; 
  half half_12, half_10, half_14; 
  ulong ul_2, ul_9, ul_13, ul_11, ul_0, ul_1; 
  int i_5, i_4, i_3, i_15; 

  // BLOCK 0
  ul_0  =  (ulong) a;
  ul_1  =  (ulong) b;
  ul_2  =  (ulong) c;
  i_3  =  get_global_size(0);
  i_4  =  get_global_id(0);
  // BLOCK 1 MERGES [0 2 ]
  i_5  =  i_4;
  for(;i_5 < 64;)
  {
    // BLOCK 2
    l_6  =  (long) i_5;
    l_7  =  l_6 + 8L;
    l_8  =  l_7 << 1;
    ul_9  =  ul_0 + l_8;
    half_10  =  *((__global half *) ul_9);
    ul_11  =  ul_1 + l_8;
    half_12  =  *((__global half *) ul_11);
    ul_13  =  ul_2 + l_8;
    half_14  =  half_10 + half_12;
    *((__global half *) ul_13)  =  half_14;
    i_15  =  i_3 + i_5;
    i_5  =  i_15;
  }  // B1
  // BLOCK 3
  return;
}  //  kernel
