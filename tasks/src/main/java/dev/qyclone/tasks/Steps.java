package dev.qyclone.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;

/**
 * A task graph in the making. Kernel, work size and group size are given in one call that fits them together, because TornadoVM
 * takes wrong ones without a word: a range that is not the grid's, a group that does not divide it.
 */
final class Steps {
    /** Adds one kernel, named by a method reference, with its arguments. */
    @FunctionalInterface
    interface Kernel {
        void addTo(KernelGraph graph, String task);
    }

    /** A step, to be added to another graph as well. */
    private record Step(String name, int items, int groupSize, Kernel kernel) {
    }

    private final String name;
    private final StoredTasks.Graph graph;
    private final KernelGraph kernels;
    private final GridScheduler grids;
    private final WorkGroups groups;
    private final List<Object> resident;
    private final List<Object> travelling = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /**
     * @param name of the graph, unique within its plan
     * @param grids of the plan
     * @param groups how work is cut into work-groups
     * @param resident arrays that the plan's graphs have on the device so far
     * @param store of kernels that were compiled before
     */
    Steps(String name, GridScheduler grids, WorkGroups groups, List<Object> resident, KernelStore store) {
        this.name = name;
        this.graph = new StoredTasks.Graph(name);
        this.kernels = new KernelGraph(graph, store);
        this.grids = grids;
        this.groups = groups;
        this.resident = resident;
    }

    /**
     * Arrays that go to the device when the graph first runs, and stay there for it and the graphs after it; those that a graph
     * before it owns are there already. A step of the graph takes each of them: others would not go.
     */
    Steps own(Object... arrays) {
        for (Object array : arrays) {
            if (resident.stream().noneMatch(known -> known == array)) {
                graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, array);
                resident.add(array);
            }
        }
        return this;
    }

    /** As {@link #own}, but nothing is uploaded: what is in them before a step writes it is anything. */
    Steps reserve(Object... arrays) {
        for (Object array : arrays) {
            if (resident.stream().noneMatch(known -> known == array)) {
                graph.transferToDevice(DataTransferMode.UNDER_DEMAND, array);
                resident.add(array);
            }
        }
        return this;
    }

    /** Arrays that go to the device each time the graph runs. */
    Steps send(Object... arrays) {
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arrays);
        travelling.addAll(List.of(arrays));
        return this;
    }

    /** Arrays that go to the device each time the graph runs, for the graphs after it. */
    Steps share(Object... arrays) {
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arrays);
        resident.addAll(List.of(arrays));
        return this;
    }

    /** Arrays that come back each time the graph has run. */
    Steps fetch(Object... arrays) {
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, arrays);
        travelling.addAll(List.of(arrays));
        return this;
    }

    /** What goes to the device or comes back each time: it has a place there, too. */
    List<Object> travelling() {
        return travelling;
    }

    /** The graph itself, for transfers. */
    TaskGraph graph() {
        return graph;
    }

    /** What its steps run. */
    KernelGraph kernels() {
        return kernels;
    }

    String name() {
        return name;
    }

    /** How many steps there are: each is a kernel that is launched. */
    int count() {
        return steps.size();
    }

    /** Their names, in order. */
    List<String> names() {
        return steps.stream().map(Step::name).toList();
    }

    /** Adds steps of a graph before it in the chain once more: the same kernels on the same arrays, which are there already. */
    Steps again(Steps other, Predicate<String> which) {
        other.steps.stream().filter(step -> which.test(step.name()))
                .forEach(step -> grouped(step.name(), step.items(), step.groupSize(), step.kernel()));
        return this;
    }

    /** Most items that a work-group may have. */
    int groupLimit() {
        return groups.limit();
    }

    /** Items that a step starts, and those of one of its groups. */
    long[] work(String step) {
        WorkerGrid grid = grids.get(name + "." + step);
        return new long[] {grid.getGlobalWork()[0], grid.getLocalWork()[0]};
    }

    /** A step with one item for each index of the kernel's parallel loop; more where groups must be whole. */
    Steps overItems(String step, int items, Kernel kernel) {
        return grouped(step, groups.started(items), groups.size(items), kernel);
    }

    /** A step of {@code groups} work-groups of {@code groupSize} items each. */
    Steps overGroups(String step, int groups, int groupSize, Kernel kernel) {
        return grouped(step, Math.multiplyExact(groups, groupSize), groupSize, kernel);
    }

    private Steps grouped(String step, int items, int groupSize, Kernel kernel) {
        if (items < 1 || groupSize < 1 || groupSize > groups.limit() || items % groupSize != 0) {
            throw new IllegalArgumentException("step " + step + ": groups of " + groupSize + " (at most " + groups.limit()
                    + ") do not divide " + items + " items");
        }
        WorkerGrid grid = new WorkerGrid1D(items);
        grid.setLocalWork(groupSize, 1, 1);
        grids.addWorkerGrid(name + "." + step, grid);
        try {
            kernel.addTo(kernels, step);
        } catch (RuntimeException | Error e) {
            throw TornadoFailure.of("step " + step, e);
        }
        steps.add(new Step(step, items, groupSize, kernel));
        return this;
    }
}
