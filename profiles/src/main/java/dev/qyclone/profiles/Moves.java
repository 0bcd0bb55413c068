package dev.qyclone.profiles;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import java.util.ArrayList;
import java.util.List;

/** What could not run where it was wished: one warning for neighbours that moved alike, or the end under {@code --strict}. */
final class Moves {
    private final boolean strict;
    private final List<Move> moves = new ArrayList<>();

    private record Move(String part, int first, int last, Device to, String why, String origin) {
        boolean continuedBy(int layer, Device other, String reason, String rule) {
            return last >= 0 && last + 1 == layer && to.equals(other) && why.equals(reason) && origin.equals(rule);
        }

        String words() {
            String what = last < 0 ? part : first == last ? "layer " + first : "layers " + first + "-" + last;
            return what + " of " + origin + (first == last || last < 0 ? " runs on " : " run on ") + to.id() + ": " + why;
        }
    }

    Moves(boolean strict) {
        this.strict = strict;
    }

    void layer(int layer, Device to, String why, String origin) {
        refuseIfStrict("layer " + layer, why, origin);
        chosen(layer, to, why, origin);
    }

    /** A layer that the planner places elsewhere than it would best be, where the user named no device: told, and never refused. */
    void chosen(int layer, Device to, String why, String origin) {
        Move last = moves.isEmpty() ? null : moves.getLast();
        if (last != null && last.continuedBy(layer, to, why, origin)) {
            moves.set(moves.size() - 1, new Move("", last.first, layer, to, why, origin));
            return;
        }
        moves.add(new Move("", layer, layer, to, why, origin));
    }

    void part(String part, Device to, String why, String origin) {
        refuseIfStrict(part, why, origin);
        moves.add(new Move(part, -1, -1, to, why, origin));
    }

    private void refuseIfStrict(String what, String why, String origin) {
        if (strict) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, what + " cannot run where " + origin + " says: " + why)
                    .remedy("change " + origin + ", give a smaller --ctx or --kv f16, or leave out --strict to let it move");
        }
    }

    List<String> warnings() {
        return moves.stream().map(Move::words).toList();
    }
}
