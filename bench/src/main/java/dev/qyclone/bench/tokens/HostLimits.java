package dev.qyclone.bench.tokens;

/** How fast the host can read its memory and multiply now: what decode and prompts are measured against. */
public interface HostLimits {
    /** Not known; rows then carry no percentage. */
    HostLimits UNKNOWN = new HostLimits() {
        @Override
        public double gigabytesPerSecond(int threads) {
            return 0;
        }

        @Override
        public double gigaflopsPerSecond(int threads) {
            return 0;
        }
    };

    /** Bytes read from memory, in GB/s with this many threads, or 0 where it is not known. */
    double gigabytesPerSecond(int threads);

    /** Float32 multiply-adds in registers, in GFLOP/s with this many threads, or 0 where it is not known. */
    double gigaflopsPerSecond(int threads);
}
