package dev.qyclone.tasks;

import java.io.Serializable;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task1;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task10;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task11;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task12;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task13;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task14;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task15;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task16;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task17;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task18;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task19;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task2;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task20;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task5;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task6;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task8;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task9;

/**
 * Method references that name kernels, by the number of their arguments. Unlike TornadoVM's own they tell their method: the JDK writes
 * it down for references that can be serialized.
 */
final class KernelFunctions {
    private KernelFunctions() {
    }

    interface Kernel1<A> extends Task1<A>, Serializable {
    }

    interface Kernel2<A, B> extends Task2<A, B>, Serializable {
    }

    interface Kernel3<A, B, C> extends Task3<A, B, C>, Serializable {
    }

    interface Kernel4<A, B, C, D> extends Task4<A, B, C, D>, Serializable {
    }

    interface Kernel5<A, B, C, D, E> extends Task5<A, B, C, D, E>, Serializable {
    }

    interface Kernel6<A, B, C, D, E, F> extends Task6<A, B, C, D, E, F>, Serializable {
    }

    interface Kernel7<A, B, C, D, E, F, G> extends Task7<A, B, C, D, E, F, G>, Serializable {
    }

    interface Kernel8<A, B, C, D, E, F, G, H> extends Task8<A, B, C, D, E, F, G, H>, Serializable {
    }

    interface Kernel9<A, B, C, D, E, F, G, H, I> extends Task9<A, B, C, D, E, F, G, H, I>, Serializable {
    }

    interface Kernel10<A, B, C, D, E, F, G, H, I, J> extends Task10<A, B, C, D, E, F, G, H, I, J>, Serializable {
    }

    interface Kernel11<A, B, C, D, E, F, G, H, I, J, K> extends Task11<A, B, C, D, E, F, G, H, I, J, K>, Serializable {
    }

    interface Kernel12<A, B, C, D, E, F, G, H, I, J, K, L> extends Task12<A, B, C, D, E, F, G, H, I, J, K, L>, Serializable {
    }

    interface Kernel13<A, B, C, D, E, F, G, H, I, J, K, L, M> extends Task13<A, B, C, D, E, F, G, H, I, J, K, L, M>, Serializable {
    }

    interface Kernel14<A, B, C, D, E, F, G, H, I, J, K, L, M, N> extends Task14<A, B, C, D, E, F, G, H, I, J, K, L, M, N>, Serializable {
    }

    interface Kernel15<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O>
            extends Task15<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O>, Serializable {
    }

    interface Kernel16<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P>
            extends Task16<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P>, Serializable {
    }

    interface Kernel17<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q>
            extends Task17<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q>, Serializable {
    }

    interface Kernel18<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R>
            extends Task18<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R>, Serializable {
    }

    interface Kernel19<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S>
            extends Task19<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S>, Serializable {
    }

    interface Kernel20<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T>
            extends Task20<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T>, Serializable {
    }
}
