package dev.qyclone.profiles.tune;

/** Speeds, one of each round. */
final class SpeedSamples {
    private final Samples decode = new Samples();
    private final Samples prefill = new Samples();
    private final Samples ttft = new Samples();

    void add(Speeds speeds) {
        decode.add(speeds.decode());
        prefill.add(speeds.prefill());
        ttft.add(speeds.ttft());
    }

    Speeds medians() {
        return new Speeds(decode.timing().median(), prefill.timing().median(), ttft.timing().median());
    }
}
