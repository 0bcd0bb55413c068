package dev.qyclone.tasks;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.KernelContext;

/** Runs a kernel for work-groups as Java: each item of a group is a thread, local arrays are shared, barriers wait. */
final class HostGroup {
    private HostGroup() {
    }

    /** Runs {@code groups} groups of {@code size} items, one group after the other. */
    static void run(int groups, int size, Consumer<KernelContext> kernel) {
        try (ExecutorService threads = Executors.newFixedThreadPool(size)) {
            for (int group = 0; group < groups; group++) {
                CyclicBarrier barrier = new CyclicBarrier(size);
                List<float[]> shared = new ArrayList<>();
                List<Future<?>> items = new ArrayList<>();
                for (int item = 0; item < size; item++) {
                    Item context = new Item(barrier, shared);
                    context.place(group, item, size);
                    items.add(threads.submit(() -> kernel.accept(context)));
                }
                for (Future<?> item : items) {
                    item.get();
                }
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Item extends KernelContext {
        private final CyclicBarrier barrier;
        private final List<float[]> shared;
        private int allocated;

        Item(CyclicBarrier barrier, List<float[]> shared) {
            this.barrier = barrier;
            this.shared = shared;
        }

        void place(int group, int item, int size) {
            set("groupIdx", group);
            set("localIdx", item);
            set("localGroupSizeX", size);
            set("globalIdx", group * size + item);
        }

        /** TornadoVM replaces these fields by instructions; as Java they are final zeros. */
        private void set(String name, int value) {
            try {
                Field field = KernelContext.class.getField(name);
                field.setAccessible(true);
                field.set(this, value);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public float[] allocateFloatLocalArray(int size) {
            synchronized (shared) {
                if (allocated == shared.size()) {
                    float[] array = new float[size];
                    Arrays.fill(array, Float.NaN);
                    shared.add(array);
                }
                return shared.get(allocated++);
            }
        }

        @Override
        public void globalBarrier() {
            localBarrier();
        }

        @Override
        public void localBarrier() {
            try {
                barrier.await();
            } catch (InterruptedException | BrokenBarrierException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
