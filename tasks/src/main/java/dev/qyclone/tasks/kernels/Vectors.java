package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** What the vector types of TornadoVM lack on a device: an empty constructor, a product with a scalar, and a sum do not compile there. */
final class Vectors {
    private Vectors() {
    }

    static Float16 splat(float v) {
        return new Float16(v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v);
    }

    /** sum + a · b. */
    static Float16 addProduct(Float16 sum, Float16 a, Float16 b) {
        return Float16.add(sum, Float16.mult(a, b));
    }
}
