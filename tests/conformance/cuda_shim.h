// What kernels.cu takes from CUDA, for a C++ compiler on a CPU: its threads run one after another.
#pragma once

#include <math.h>
#include <stddef.h>
#include <string.h>

#include <utility>

#define __global__
#define __device__

struct Index {
    unsigned x;
};
static Index blockIdx, threadIdx, blockDim;

template <class T> static T min(T a, T b) { return b < a ? b : a; }
template <class T> static T max(T a, T b) { return a < b ? b : a; }

static int __float_as_int(float value) {
    int bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float __int_as_float(int bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

template <class T> static T exchange(T* place, T value) {
    T old = *place;
    *place = value;
    return old;
}
template <class T> static T atomicMax(T* place, T value) { return exchange(place, max(*place, value)); }
template <class T> static T atomicAdd(T* place, T value) { return exchange(place, (T)(*place + value)); }

// The arguments come as a driver takes them: pointers to each. Returns whether they are what the kernel asks for.
template <class... A, size_t... I>
static bool in_turn(void (*kernel)(A...), std::index_sequence<I...>, unsigned blocks, unsigned threads,
                    bool backwards, unsigned count, const unsigned* sizes, void** arguments) {
    if (count != sizeof...(A) || !((sizes[I] == sizeof(A)) && ...)) return false;
    blockDim.x = threads;
    for (unsigned i = 0; i < blocks * threads; i++) {
        unsigned n = backwards ? blocks * threads - 1 - i : i;
        blockIdx.x = n / threads;
        threadIdx.x = n % threads;
        kernel(*(A*)arguments[I]...);
    }
    return true;
}

template <class... A, class... Rest> static bool in_turn(void (*kernel)(A...), Rest... rest) {
    return in_turn(kernel, std::index_sequence_for<A...>(), rest...);
}
