// The warp primitives for CUDA. What each one means is said in the module reference_*.py whose function
// has its name; these find the same integers. Constants in capitals come from there too, as macros
// (`cuda_source.py`).
//
// No kernel waits for other threads of its own launch, and sums are of integers, so that the order of
// threads never matters: a compiler for the CPU runs this file one thread after another with the same result.
// Arrays are row-major and without gaps. The file is compiled for each type of picture: PIXEL is a byte, an
// int (16 bit), or a float.

#define KERNEL extern "C" __global__ void

typedef unsigned char byte;

__device__ int thread() { return blockIdx.x * blockDim.x + threadIdx.x; }

__device__ int within(int place, int length) { return min(max(place, 0), length - 1); }

__device__ float infinity() { return __int_as_float(0x7f800000); }

// What is no number, and what no int holds, becomes one at the end of them.
__device__ int whole(float value) { return (int)floorf(fminf(fmaxf(value, -1e9f), 1e9f)); }

__device__ bool apart(int a, int b) {
    long long gap = (long long)a - b;
    return gap > STEP || gap < -STEP;
}

// ---- stereo ----

KERNEL step_mask(const int* near, int height, int width, bool* mask) {
    int n = thread();
    if (n >= height * width) return;
    int y = n / width, x = n % width;
    int low = near[n], high = low;
    for (int v = max(y - 1, 0); v < min(y + 2, height); v++)
        for (int u = max(x - 1, 0); u < min(x + 2, width); u++) {
            low = min(low, near[v * width + u]);
            high = max(high, near[v * width + u]);
        }
    mask[n] = apart(high, low);
}

struct Side {
    long long sum[3], weight;
    __device__ long long mean(int c) const { return sum[c] / weight; }
};

KERNEL unmix(const PIXEL* image, const int* offset, const bool* steps, int sign, int full, int height,
             int width, PIXEL* base, int* base_offset, PIXEL* fringe, int* fringe_offset, byte* alpha_map) {
    int n = thread();
    if (n >= height * width || !steps[n]) return;
    int y = n / width, x = n % width;
    int low = offset[n] * sign, high = low;
    for (int v = max(y - 1, 0); v < min(y + 2, height); v++)
        for (int u = max(x - 1, 0); u < min(x + 2, width); u++) {
            low = min(low, offset[v * width + u] * sign);
            high = max(high, offset[v * width + u] * sign);
        }
    int middle = (low + high) >> 1;

    // mean colours of both sides, away from the step where possible
    Side sides[2][2] = {};  // behind and in front; inside and on the rim
    int least[2] = {1 << 30, 1 << 30}, nearest[2] = {0, 0};
    for (int v = max(y - 3, 0); v < min(y + 4, height); v++)
        for (int u = max(x - 3, 0); u < min(x + 4, width); u++) {
            int m = v * width + u, square = (v - y) * (v - y) + (u - x) * (u - x);
            int front = offset[m] * sign > middle, weight = 720 / (square + 1);
            if (square < least[front]) {
                least[front] = square;
                nearest[front] = offset[m];
            }
            Side& side = sides[front][steps[m]];
            side.weight += weight;
            for (int c = 0; c < 3; c++) side.sum[c] += (long long)weight * image[3 * m + c];
        }
    const Side& back = sides[0][0].weight > 0 ? sides[0][0] : sides[0][1];
    if (back.weight == 0 || least[1] == 1 << 30) return;
    long long behind[3], front[3];
    for (int c = 0; c < 3; c++) behind[c] = back.mean(c);
    if (sides[1][0].weight > 0) {
        for (int c = 0; c < 3; c++) front[c] = sides[1][0].mean(c);
    } else {
        // nothing but rim: too thin to have an inside; its purest pixel is the one least like the back
        long long best = -1;
        for (int v = max(y - 2, 0); v < min(y + 3, height); v++)
            for (int u = max(x - 2, 0); u < min(x + 3, width); u++) {
                int m = v * width + u;
                if (offset[m] * sign <= middle) continue;
                long long unlike = 0;
                for (int c = 0; c < 3; c++)
                    unlike += (image[3 * m + c] - behind[c]) * (image[3 * m + c] - behind[c]);
                if (unlike <= best) continue;
                best = unlike;
                for (int c = 0; c < 3; c++) front[c] = image[3 * m + c];
            }
        if (best < 0) return;
    }

    long long along = 0, across = 0, miss = 0;
    for (int c = 0; c < 3; c++) {
        along += (image[3 * n + c] - behind[c]) * (front[c] - behind[c]);
        across += (front[c] - behind[c]) * (front[c] - behind[c]);
    }
    long long noise = 3ll * (full / 16) * (full / 16);
    if (across < noise) return;
    long long alpha = min(max((along * 255 + across / 2) / across, 0ll), 255ll);
    for (int c = 0; c < 3; c++) {
        long long off = 255 * (image[3 * n + c] - behind[c]) - alpha * (front[c] - behind[c]);
        miss += off * off;
    }
    if (miss > 65025 * (across / 16 + noise)) return;
    bool mine_near = offset[n] * sign > middle;
    if (mine_near ? alpha > 245 : alpha < 10) return;

    base_offset[n] = nearest[0];
    fringe_offset[n] = nearest[1];
    alpha_map[n] = (byte)alpha;
    for (int c = 0; c < 3; c++) {
        // the clean colour lies between what is seen and what the side shows elsewhere
        long long own = image[3 * n + c], clean;
        if (alpha < 128) {
            clean = (255 * own - alpha * front[c]) / (255 - alpha);  // below 0 it is cut, however rounded
            base[3 * n + c] = (PIXEL)min(max(clean, min(own, behind[c])), max(own, behind[c]));
            fringe[3 * n + c] = (PIXEL)front[c];
        } else {
            clean = (255 * own - (255 - alpha) * behind[c]) / alpha;
            base[3 * n + c] = (PIXEL)behind[c];
            fringe[3 * n + c] = (PIXEL)min(max(clean, min(own, front[c])), max(own, front[c]));
        }
    }
}

// A stretch of a row of the target, `span` wide from `left`, that shows the `reach` of the source from
// `place` on, and there a depth that goes up by `rise` within a pixel. The nearest depth of every sample is
// found first, and then who has it `claims` the sample. The reference has both in one 64-bit key, whose ties
// the leftmost wins; but no two land on a sample at one depth, since place and depth say where one lands, and
// stretches that touch in the source do not overlap in the target or differ in depth by a step.
__device__ void splat_piece(int left, int span, int place, int reach, int depth, int rise, int last,
                            bool claim, int* near, int* position) {
    int first = max((left + LEAD + CELL - 1) / CELL, 0);
    int end = min((left + span + LEAD + CELL - 1) / CELL, last);
    for (int q = first; q < end; q++) {
        int along = (q * CELL - LEAD - left) * reach / span;
        int z = depth + ((rise * along) >> BITS);
        if (!claim) atomicMax(&near[q], z);
        else if (near[q] == z) position[q] = place + along;
    }
}

// What lies between pixel x and x + 1, from -1 on: a surface where they are joined, else half of each.
KERNEL splat_rows(const int* offset, int sign, int height, int width, int claim, int* near, int* position) {
    int n = thread();
    if (n >= height * (width + 1)) return;
    int y = n / (width + 1), x = n % (width + 1) - 1, last = width * SUB;
    const int* off = offset + y * width;
    near += y * last;
    position += y * last;
    if (x >= 0 && x < width - 1 && !apart(off[x + 1], off[x])) {
        int rise = off[x + 1] - off[x];
        splat_piece(x * ONE - off[x], ONE - rise, x * ONE, ONE, off[x] * sign, rise * sign, last, claim, near,
                    position);
        return;
    }
    for (int side = 0; side < 2; side++) {
        int p = x + side;
        if (p < 0 || p >= width) continue;
        int place = p * ONE - side * (ONE / 2);
        splat_piece(place - off[p], ONE / 2, place, ONE / 2, off[p] * sign, 0, last, claim, near, position);
    }
}

// Again two passes: two fringes at one depth lie side by side.
KERNEL splat_fringe(const int* offset, const byte* alpha, const int* near, int sign, int height, int width,
                    int claim, int* top, int* shown) {
    int n = thread();
    if (n >= height * width || !alpha[n]) return;
    int x = n % width, row = n / width * width * SUB;
    int left = x * ONE - offset[n] - ONE / 2, depth = offset[n] * sign;
    int first = max((left + LEAD + CELL - 1) / CELL, 0);
    int end = min((left + ONE + LEAD + CELL - 1) / CELL, width * SUB);
    for (int q = row + first; q < row + end; q++) {
        if (depth <= near[q]) continue;  // the base wins a tie
        if (!claim) atomicMax(&top[q], depth);
        else if (depth == top[q]) shown[q] = x;
    }
}

// Where Catmull-Rom along a row samples, never across a depth step: four columns, or one that is `torn` off.
struct RowTaps {
    int x0, x, x1, x2;
    float t;
    bool torn;

    __device__ RowTaps(const int* offset, int at, int width) {
        int last = width - 1;
        at = min(max(at, 0), last * ONE);
        x = at >> BITS;
        t = (float)(at & (ONE - 1)) / (float)ONE;
        x1 = min(x + 1, last);
        x0 = max(x - 1, 0);
        x2 = min(x1 + 1, last);
        torn = apart(offset[x1], offset[x]);
        if (apart(offset[x0], offset[x])) x0 = x;
        if (apart(offset[x2], offset[x1])) x2 = x1;
    }

    __device__ float of(const PIXEL* row, int c) const {
        float b = (float)row[3 * x + c], d = (float)row[3 * x1 + c];
        if (torn) return t < 0.5f ? b : d;
        float a = (float)row[3 * x0 + c], e = (float)row[3 * x2 + c];
        return b + 0.5f * t * (d - a + t * (2 * a - 5 * b + 4 * d - e + t * (3 * (b - d) + e - a)));
    }
};

KERNEL shade(const PIXEL* base, const int* offset, const PIXEL* fringe, const byte* alpha,
             const int* position, const int* shown, int height, int width, float* colour, float* bare) {
    int n = thread();
    if (n >= height * width) return;
    int row = n / width * width;
    const int *pos = position + n * SUB, *over = shown + n * SUB;
    int low = pos[0], high = pos[SUB - 1];
    bool plain = low > NOTHING && high >= low && high - low < 2 * ONE;
    for (int k = 0; k < SUB; k++) plain = plain && over[k] < 0 && pos[k] >= low && pos[k] <= high;
    float total[3] = {0, 0, 0}, uncovered = 0;
    if (plain) {
        RowTaps taps(offset + row, (low + high) / 2, width);
        for (int c = 0; c < 3; c++) total[c] = taps.of(base + 3 * row, c);
    } else {
        for (int k = 0; k < SUB; k++) {
            int f = row + over[k];
            float front = over[k] < 0 ? 0.0f : (float)alpha[f] / 255.0f;
            if (pos[k] == NOTHING) uncovered += (1 - front) / SUB;
            RowTaps taps(offset + row, pos[k], width);
            for (int c = 0; c < 3; c++) {
                float value = pos[k] > NOTHING ? (1 - front) * taps.of(base + 3 * row, c) : 0.0f;
                if (over[k] >= 0) value += front * (float)fringe[3 * f + c];
                total[c] += value / SUB;
            }
        }
    }
    bare[n] = uncovered;
    for (int c = 0; c < 3; c++) colour[3 * n + c] = total[c];
}

// The surface at one side of a hole: its column next to the hole, and how many it has. No more are counted
// than any question needs.
struct Surface {
    int edge, length;

    __device__ Surface(const int* near, const bool* bare, int width, int from, int way, int shortest,
                       int hole)
        : edge(-1), length(0) {
        if (from < 0 || from >= width) return;
        edge = from;
        for (int begin = from; begin >= 0 && begin < width;) {
            if (bare[begin]) {
                begin += way;
                continue;
            }
            int last = begin, count = 1, enough = max(shortest, hole);
            for (int next = begin + way; count < enough && next >= 0 && next < width; next += way, count++) {
                if (bare[next] || apart(near[next], near[last])) break;
                last = next;
            }
            if (begin == from) length = count;
            if (count >= shortest) {
                // beyond thin things, but for one that stands in front of what is beside the hole
                if (near[begin] <= (long long)near[from] + STEP) {
                    edge = begin;
                    length = count;
                }
                return;
            }
            begin = last + way;
        }
    }

    __device__ int mirrored(int distance) const {
        int i = distance % (2 * length);
        return i < length ? i : 2 * length - 1 - i;
    }
};

// One thread a hole: the one of its first pixel.
KERNEL background_rows(const int* near, const bool* bare, int height, int width, int shortest, int* column) {
    int n = thread();
    if (n >= height * width) return;
    int x = n % width, row = n - x;
    near += row;
    bare += row;
    if (!bare[x] || (x > 0 && bare[x - 1])) return;
    int end = x + 1;
    while (end < width && bare[end]) end++;
    Surface left(near, bare, width, x - 1, -1, shortest, end - x);
    Surface right(near, bare, width, end, 1, shortest, end - x);
    if (left.edge < 0 && right.edge < 0) return;
    bool from_left = right.edge < 0 || (left.edge >= 0 && near[left.edge] <= near[right.edge]);
    for (int u = x; u < end; u++)
        column[row + u] =
            from_left ? left.edge - left.mirrored(u - x) : right.edge + right.mirrored(end - 1 - u);
}

KERNEL fill(const float* colour, const float* bare, const int* column, int height, int width, int full,
            PIXEL* picture) {
    int n = thread();
    if (n >= height * width) return;
    int border = n / width * width + column[n];
    for (int c = 0; c < 3; c++) {
        float value = colour[3 * n + c];
        if (column[n] >= 0) value += bare[n] * colour[3 * border + c];
        picture[3 * n + c] = (PIXEL)fminf(fmaxf(rintf(value), 0.0f), (float)full);
    }
}

// ---- sampling and flow ----

// The pixels under a kernel and their weights along one axis.
struct Taps {
    int first, count;
    float weight[6];

    __device__ Taps(float at, int how) {
        if (how == 0) {
            first = whole(at + 0.5f);
            count = 1;
            weight[0] = 1;
            return;
        }
        float base = floorf(at), t = at - base;
        first = whole(at);
        if (how == 1) {
            count = 2;
            weight[0] = 1 - t;
            weight[1] = t;
        } else if (how == 2) {
            first -= 1;
            count = 4;
            weight[0] = 0.5f * t * (-1 + t * (2 - t));
            weight[1] = 0.5f * (2 + t * t * (-5 + 3 * t));
            weight[2] = 0.5f * t * (1 + t * (4 - 3 * t));
            weight[3] = 0.5f * t * t * (t - 1);
        } else {
            first -= 2;
            count = 6;
            float total = 0;
            for (int i = 0; i < 6; i++) total += weight[i] = lanczos(t + (float)(2 - i));
            for (int i = 0; i < 6; i++) weight[i] /= total;
        }
    }

    static __device__ float lanczos(float d) {
        const float pi = 3.14159265358979f;
        if (fabsf(d - rintf(d)) < 1e-6f)
            return fabsf(d) < 0.5f;  // the sine of a multiple of pi is not quite 0
        if (fabsf(d) >= 3) return 0;
        return 3 * sinf(pi * d) * sinf(pi * d / 3) / (pi * d * (pi * d));
    }
};

template <class T>
__device__ float sampled(const T* image, int height, int width, int channels, const Taps& x, const Taps& y,
                         int c) {
    float total = 0;
    for (int j = 0; j < y.count; j++) {
        const T* row = image + within(y.first + j, height) * width * channels + c;
        float sum = 0;
        for (int i = 0; i < x.count; i++)
            sum += x.weight[i] * (float)row[within(x.first + i, width) * channels];
        total += y.weight[j] * sum;
    }
    return total;
}

KERNEL sample(const PIXEL* image, const float* xs, const float* ys, int count, int height, int width,
              int channels, int how, float* out) {
    int n = thread();
    if (n >= count) return;
    Taps x(xs[n], how), y(ys[n], how);
    for (int c = 0; c < channels; c++)
        out[n * channels + c] = sampled(image, height, width, channels, x, y, c);
}

KERNEL unclosed(const float* forth, const float* back, int height, int width, int back_height, int back_width,
                float* ratio) {
    int n = thread();
    if (n >= height * width) return;
    float fx = forth[2 * n], fy = forth[2 * n + 1];
    float x = (float)(n % width) + fx, y = (float)(n / width) + fy, least = infinity();
    if (x >= 0 && y >= 0 && x <= (float)(back_width - 1) && y <= (float)(back_height - 1))
        for (int how = 0; how < 2; how++) {
            Taps across(x, how), down(y, how);
            float bx = sampled(back, back_height, back_width, 2, across, down, 0);
            float by = sampled(back, back_height, back_width, 2, across, down, 1);
            float allowed = 0.01f * (fx * fx + fy * fy + (bx * bx + by * by)) + 0.5f;
            float found = ((fx + bx) * (fx + bx) + (fy + by) * (fy + by)) / allowed;
            if (found < least) least = found;  // what is no number is not less
        }
    ratio[n] = least;
}

// One of the four pixels that a splat pixel lands on, and its weight there, 0 outside.
struct Landing {
    int target, weight;

    __device__ Landing(int x, int y, int tap, int height, int width) : target(0), weight(0) {
        int dx = tap & 1, dy = tap >> 1, u = (x >> BITS) + dx, v = (y >> BITS) + dy;
        if (u < 0 || u >= width || v < 0 || v >= height) return;
        int across = x & (ONE - 1), down = y & (ONE - 1);
        target = v * width + u;
        weight = (dx ? across : ONE - across) * (dy ? down : ONE - down);
    }
};

// Floats as ints of the same order, and back.
__device__ int ordered(float value) {
    int bits = __float_as_int(value);
    return bits < 0 ? bits ^ 0x7fffffff : bits;
}

__device__ float unordered(int key) { return __int_as_float(key < 0 ? key ^ 0x7fffffff : key); }

KERNEL splat_highest(const int* x, const int* y, const float* importance, int height, int width,
                     int* highest) {
    int n = thread();
    if (n >= height * width) return;
    for (int tap = 0; tap < 4; tap++) {
        Landing at(x[n], y[n], tap, height, width);
        if (at.weight) atomicMax(&highest[at.target], ordered(importance[n]));
    }
}

KERNEL splat(const PIXEL* image, const int* x, const int* y, const float* importance, const int* highest,
             int height, int width, int channels, int* landed, unsigned long long* shares,
             unsigned long long* colours) {
    int n = thread();
    if (n >= height * width) return;
    for (int tap = 0; tap < 4; tap++) {
        Landing at(x[n], y[n], tap, height, width);
        if (!at.weight) continue;
        float less = importance[n] - unordered(highest[at.target]);
        unsigned long long share = (unsigned long long)rintf(expf(less) * CERTAIN) * at.weight;
        atomicAdd(&landed[at.target], at.weight);
        atomicAdd(&shares[at.target], share);
        for (int c = 0; c < channels; c++)
            atomicAdd(&colours[at.target * channels + c], share * (unsigned)image[n * channels + c]);
    }
}

// ---- parallax ----

// The point of the unturned screen that the ray of a pixel goes through. `rays` is the nine numbers of turn,
// then the four of across and the four of down.
__device__ void screen(const float* rays, int column, int row, float& gx, float& gy) {
    float x = (float)column, y = (float)row;
    gx = rays[0] * x + rays[1] * y + rays[2];
    gy = rays[3] * x + rays[4] * y + rays[5];
    if (rays[6] == 0 && rays[7] == 0) return;
    float w = fmaxf(rays[6] * x + rays[7] * y + rays[8], BEHIND);
    gx /= w;
    gy /= w;
}

// x = ax + u bx and y = ay + u by
struct Ray {
    float ax, bx, ay, by;

    __device__ Ray(const float* rays, int column, int row) {
        const float *across = rays + 9, *down = rays + 13;
        float gx, gy;
        screen(rays, column, row, gx, gy);
        ax = across[0] * gx + across[1];
        bx = across[2] * gx + across[3];
        ay = down[0] * gy + down[1];
        by = down[2] * gy + down[3];
    }
};

// The pixel before a place, how far behind it the place is, and which way the picture runs there.
struct Fold {
    int first;
    float rest, way;

    __device__ Fold(float at, int length, int outside) : way(1) {
        if (outside == MIRROR) {
            float over = floorf((at + 0.5f) / (float)length);
            at -= over * (float)length;
            if (over - 2 * floorf(over / 2) > 0.5f) {
                at = (float)(length - 1) - at;
                way = -1;
            }
        }
        at = fminf(fmaxf(at, 0), (float)(length - 1));
        first = min((int)at, max(length - 2, 0));
        rest = at - (float)first;
    }
};

// The four pixels around a place; `step` is 1 for a map and 3 for a picture.
template <class T>
struct Corners {
    float a, b, c, d;

    __device__ Corners(const T* from, int height, int width, int x, int y, int step) {
        const T* at = from + (y * width + x) * step;
        int right = min(1, width - 1) * step, down = min(1, height - 1) * width * step;
        a = (float)at[0];
        b = (float)at[right];
        c = (float)at[down];
        d = (float)at[down + right];
    }

    __device__ float mixed(float fx, float fy) const {
        float top = a + fx * (b - a), bottom = c + fx * (d - c);
        return top + fy * (bottom - top);
    }
};

struct Relief {
    const float* depth;
    int height, width, outside;
    float tall;

    // how far above the relief a ray is
    __device__ float gap(const Ray& ray, float u) const {
        Fold x(ray.ax + u * ray.bx, width, outside), y(ray.ay + u * ray.by, height, outside);
        return u - tall * Corners<float>(depth, height, width, x.first, y.first, 1).mixed(x.rest, y.rest);
    }
};

struct Span {
    double low, high;
};

// The pixels that a stretch of a line needs, beyond the picture folded back into it.
__device__ void covered(Span line, int length, int outside, int& first, int& last) {
    double low = line.low, high = line.high;
    if (low < 0 || high > length - 1) {
        if (outside != MIRROR) {
            low = min(max(low, 0.0), length - 1.0);
            high = min(max(high, 0.0), length - 1.0);
        } else if (low > -length && high < length) {
            double folded = -low;
            low = min(max(low, 0.0), max(high, 0.0));
            high = max(high, folded);
        } else if (low > 0 && high < 2.0 * length) {
            low = min(low, 2.0 * length - 1 - high);
            high = length - 1;
        } else {
            low = 0;
            high = length - 1;
        }
    }
    first = min(max((int)low - 1, 0), length - 1);
    last = max(min((int)high + 2, length - 1), 0);
}

// Where on the picture a stretch of the screen lies, seen from heights between two.
__device__ Span swept(const float* line, Span screen, Span heights) {
    Span found = {1e30, -1e30};
    for (int i = 0; i < 4; i++) {
        double g = i & 1 ? screen.high : screen.low, u = i & 2 ? heights.high : heights.low;
        double at = line[0] * g + line[1] + u * (line[2] * g + line[3]);
        found.low = min(found.low, at);
        found.high = max(found.high, at);
    }
    return found;
}

// How many steps each tile of the frame may begin with unseen, TILE pixels across. What the rays of a tile
// pass over between two heights lies in a box of the picture, whose least and greatest depth narrow those
// heights, and so the box, a few times over. `least` and `most` are of cells of CELL_SIDE pixels, and behind
// them of cells twice, four times... as wide.
KERNEL first_steps(const float* least, const float* most, const float* rays, int height, int width,
                   float tall, int steps, int outside, int rows, int columns, int* begin) {
    int n = thread(), across = (columns + TILE - 1) / TILE, down = (rows + TILE - 1) / TILE;
    if (n >= across * down) return;
    int left = n % across * TILE, top = n / across * TILE;
    int right = min(left + TILE, columns) - 1, bottom = min(top + TILE, rows) - 1;
    Span x = {1e30, -1e30}, y = {1e30, -1e30}, heights = {0, tall};
    for (int i = 0; i < 4; i++) {
        float gx, gy;
        screen(rays, i & 1 ? right : left, i & 2 ? bottom : top, gx, gy);
        x = {min(x.low, (double)gx), max(x.high, (double)gx)};
        y = {min(y.low, (double)gy), max(y.high, (double)gy)};
    }
    for (int round = 0; round < 4; round++) {
        int x0, x1, y0, y1, side = CELL_SIDE, start = 0;
        covered(swept(rays + 9, x, heights), width, outside, x0, x1);
        covered(swept(rays + 13, y, heights), height, outside, y0, y1);
        for (int level = 1; level < LEVELS && max(x1 - x0, y1 - y0) > 2 * side; level++, side *= 2)
            start += ((width + side - 1) / side) * ((height + side - 1) / side);
        int stride = (width + side - 1) / side;
        float low = infinity(), high = -infinity();
        for (int j = y0 / side; j <= y1 / side; j++)
            for (int i = x0 / side; i <= x1 / side; i++) {
                low = fminf(low, least[start + j * stride + i]);
                high = fmaxf(high, most[start + j * stride + i]);
            }
        heights = {max(heights.low, (double)tall * low), min(heights.high, (double)tall * high)};
    }
    double step = (double)tall / steps;
    begin[n] = step > 0 ? min(max((int)((tall - heights.high) / step - 1e-3), 0), steps) : 0;
}

KERNEL first_hit(const float* depth, const float* rays, const int* begin, int height, int width, float tall,
                 int steps, int outside, int rows, int columns, float* hits) {
    int n = thread();
    if (n >= rows * columns) return;
    int x = n % columns, y = n / columns;
    Ray ray(rays, x, y);
    Relief relief = {depth, height, width, outside, tall};
    float step = tall / (float)steps;
    int k = begin[y / TILE * ((columns + TILE - 1) / TILE) + x / TILE];
    float low = k < steps ? tall - (float)k * step : 0, low_gap = relief.gap(ray, low);
    while (low_gap <= 0 && k > 0) {  // the bound was a little low
        k--;
        low = tall - (float)k * step;
        low_gap = relief.gap(ray, low);
    }
    float high = low, high_gap = low_gap;
    while (low_gap > 0 && k < steps) {
        k++;
        high = low;
        high_gap = low_gap;
        low = k < steps ? tall - (float)k * step : 0;
        low_gap = relief.gap(ray, low);
    }
    low_gap = fminf(low_gap, 0);
    if (high_gap <= 0) {
        hits[n] = low;
        return;
    }
    for (int i = 0; i < REFINEMENTS; i++) {
        float u = low + (high - low) * (-low_gap / (high_gap - low_gap)), gap = relief.gap(ray, u);
        if (gap <= 0) {
            low = u;
            low_gap = gap;
        } else {
            high = u;
            high_gap = gap;
        }
    }
    hits[n] = low + (high - low) * (-low_gap / (high_gap - low_gap));
}

KERNEL look_up(const PIXEL* image, const float* depth, const float* hits, const float* rays, int height,
               int width, float tall, int outside, int full, int rows, int columns, PIXEL* colour,
               bool* holes) {
    int n = thread();
    if (n >= rows * columns) return;
    Ray ray(rays, n % columns, n / columns);
    float x = ray.ax + hits[n] * ray.bx, y = ray.ay + hits[n] * ray.by;
    bool out = x < -0.5f || x > (float)width - 0.5f || y < -0.5f || y > (float)height - 0.5f;
    if (outside == BLANK && out) {
        for (int c = 0; c < 3; c++) colour[3 * n + c] = 0;
        holes[n] = true;
        return;
    }
    Fold across(x, width, outside), down(y, height, outside);
    float fx = across.rest, fy = down.rest;
    for (int c = 0; c < 3; c++) {
        float value = Corners<PIXEL>(image + c, height, width, across.first, down.first, 3).mixed(fx, fy);
        colour[3 * n + c] = (PIXEL)fminf(fmaxf(rintf(value), 0), (float)full);
    }
    Corners<float> z(depth, height, width, across.first, down.first, 1);
    float twist = z.d - z.c - z.b + z.a;
    float along =
        (z.b - z.a + fy * twist) * ray.bx * across.way + (z.c - z.a + fx * twist) * ray.by * down.way;
    float stretch = -tall * along, least = fminf(fminf(z.a, z.b), fminf(z.c, z.d));
    float most = fmaxf(fmaxf(z.a, z.b), fmaxf(z.c, z.d));
    float share = (z.mixed(fx, fy) - least) / fmaxf(most - least, 1e-20f), span = 1 + stretch;
    holes[n] = stretch > STRETCH && share * span > 0.5f && (1 - share) * span > 0.5f;
}

// ---- zoom and layers ----

KERNEL halve(const PIXEL* image, int height, int width, int channels, PIXEL* out) {
    int n = thread(), columns = (width + 1) / 2;
    if (n >= (height + 1) / 2 * columns) return;
    int x = n % columns * 2, y = n / columns * 2;
    int right = min(x + 1, width - 1), below = min(y + 1, height - 1);
    for (int c = 0; c < channels; c++) {
        int sum = image[(y * width + x) * channels + c] + image[(y * width + right) * channels + c] +
                  image[(below * width + x) * channels + c] + image[(below * width + right) * channels + c];
        out[n * channels + c] = (PIXEL)((sum + 2) >> 2);
    }
}

// Lays the weighted mean of a block of pixels over one of the frame.
__device__ void lay(const PIXEL* image, int height, int width, int left, const float* across, int columns,
                    int top, const float* down, int rows, float share, float* seen) {
    float sum[3] = {0, 0, 0};
    for (int j = 0; j < rows; j++) {
        const PIXEL* row = image + within(top + j, height) * width * 3;
        float line[3] = {0, 0, 0};
        for (int i = 0; i < columns; i++) {
            const PIXEL* pixel = row + within(left + i, width) * 3;
            for (int c = 0; c < 3; c++) line[c] += across[i] * (float)pixel[c];
        }
        for (int c = 0; c < 3; c++) sum[c] += down[j] * line[c];
    }
    for (int c = 0; c < 3; c++) seen[c] += share * (sum[c] - seen[c]);
}

KERNEL lay_straight(const PIXEL* image, int height, int width, const int* left, const float* across,
                    int columns, const int* top, const float* down, int rows, const float* share_x,
                    const float* share_y, int frame_height, int frame_width, float* frame) {
    int n = thread();
    if (n >= frame_height * frame_width) return;
    int x = n % frame_width, y = n / frame_width;
    float share = share_y[y] * share_x[x];
    if (share != 0)
        lay(image, height, width, left[x], across + x * columns, columns, top[y], down + y * rows, rows,
            share, frame + 3 * n);
}

// `area_taps` of area.py for one stretch. Only its place needs double precision.
struct AreaTaps {
    int first;
    float weight[FEWEST_TAPS];

    __device__ AreaTaps(double start, double width) {
        double lower = floor(start), end = start + width;
        int most = (int)ceil(width), cells = min((int)(floor(end) - lower), most);
        first = (int)min(max(lower, -1e9), 1e9) - REACH;
        for (int i = 0; i < FEWEST_TAPS; i++) weight[i] = i >= REACH && i < REACH + cells;
        add((float)(start - lower), 0, -1);
        add((float)(end - lower - cells), cells, 1);
        for (int i = 0; i < FEWEST_TAPS; i++) weight[i] /= (float)width;
    }

    // the curve's integral over the first t of a cell, as weights of the cells from two before it
    __device__ void add(float t, int at, float sign) {
        float left = t * (1 - t) * (1 - t), right = -t * t * (1 - t), own = t * t * (3 - 2 * t);
        const float close = 0.5f + EDGE, far = -EDGE;
        weight[at] += sign * (far * left);
        weight[at + 1] += sign * (close * left + far * right);
        weight[at + 2] += sign * (own + close * (left + right));
        weight[at + 3] += sign * (close * right + far * left);
        weight[at + 4] += sign * (far * right);
    }
};

// The share at a distance from one end; `length` 0 is a picture without one.
__device__ float fade(double at, double length, double feather, double scale) {
    if (length == 0) return 1;
    double ramp = feather + scale;
    float t = (float)(min(max(min(at, length - at) + scale / 2, 0.0), ramp) / ramp);
    return t * t * (3 - 2 * t);
}

// `place` is turn and shift, each a real and an imaginary part, then scale, the extent, feather and opacity.
KERNEL lay_turned(const PIXEL* image, int height, int width, const double* place, int frame_height,
                  int frame_width, float* frame) {
    int n = thread();
    if (n >= frame_height * frame_width) return;
    double x = n % frame_width + 0.5, y = n / frame_width + 0.5, scale = place[4];
    double u = place[0] * x - place[1] * y + place[2], v = place[0] * y + place[1] * x + place[3];
    float share = (float)place[8] * fade(u, place[5], place[7], scale) * fade(v, place[6], place[7], scale);
    if (share == 0) return;
    AreaTaps across(u - scale / 2, scale), down(v - scale / 2, scale);
    lay(image, height, width, across.first, across.weight, FEWEST_TAPS, down.first, down.weight, FEWEST_TAPS,
        share, frame + 3 * n);
}

// `weights` of columns, then of rows; `left` and `top` are the first pixel of those of the frame's column and
// row 0, `begin` and `line` where the pane begins in the frame.
KERNEL lay_pane(const byte* image, int height, int width, const float* weights, const float* shown, int left,
                int top, int begin, int columns, int line, int lines, int frame_width, float* frame) {
    int n = thread();
    if (n >= columns * lines) return;
    int x = begin + n % columns, y = line + n / columns;
    float sum[4] = {0, 0, 0, 0};
    for (int i = 0; i < PANE_TAPS; i++) {
        float part[4] = {0, 0, 0, 0};
        for (int j = 0; j < PANE_TAPS; j++) {
            int at = within(top + y + j, height) * width + within(left + x + i, width);
            float alpha = (float)image[4 * at + 3], weight = weights[PANE_TAPS + j];
            for (int c = 0; c < 3; c++) part[c] += weight * ((float)image[4 * at + c] * alpha / 255);
            part[3] += weight * (alpha / 255);
        }
        for (int c = 0; c < 4; c++) sum[c] += weights[i] * part[c];
    }
    float alpha = fmaxf(sum[3], 0), *seen = frame + 3 * (y * frame_width + x);
    for (int c = 0; c < 3; c++) {
        // cut with the alpha that the weights' negative lobes took beyond its ends
        float colour = fminf(fmaxf(sum[c], 0), 255 * alpha) / fmaxf(alpha, 1);
        seen[c] += shown[y] * (colour - fminf(alpha, 1) * seen[c]);
    }
}
