#pragma OPENCL EXTENSION cl_khr_fp64 : enable  
#pragma OPENCL EXTENSION cl_khr_fp16 : enable  
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable  
__kernel void addHalves(__global long *_kernel_context, __constant uchar *_constant_region, __local uchar *_local_region, __global int *_atomics, __global uchar *a, __global uchar *b, __global uchar *sums, __private int count)
{
  long l_7, l_9, l_8; 
  ulong ul_2, ul_0, ul_1, ul_14, ul_12, ul_10; 
  half half_11, half_13, half_15; 
  int i_6, i_5, i_4, i_3, i_16; 

  // BLOCK 0
  ul_0  =  (ulong) a;
  ul_1  =  (ulong) b;
  ul_2  =  (ulong) sums;
  i_3  =  get_global_size(0);
  i_4  =  get_global_id(0);
  i_5  =  _kernel_context[0];
  // BLOCK 1 MERGES [0 2 ]
  i_6  =  i_4;
  for(;i_6 < i_5;)
  {
    // BLOCK 2
    l_7  =  (long) i_6;
    l_8  =  l_7 + 8L;
    l_9  =  l_8 << 1;
    ul_10  =  ul_0 + l_9;
    half_11  =  *((__global half *) ul_10);
    ul_12  =  ul_1 + l_9;
    half_13  =  *((__global half *) ul_12);
    ul_14  =  ul_2 + l_9;
    half_15  =  half_11 + half_13;
    *((__global half *) ul_14)  =  half_15;
    i_16  =  i_3 + i_6;
    i_6  =  i_16;
  }  // B1
  // BLOCK 3
  return;
}  //  kernel
