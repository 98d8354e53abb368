package dev.mvm.protocol.hostd.client;

import static dev.mvm.protocol.hostd.ReplyWriter.ATTACHED;
import static dev.mvm.protocol.hostd.ReplyWriter.BEHIND;
import static dev.mvm.protocol.hostd.ReplyWriter.CONNECTED;
import static dev.mvm.protocol.hostd.ReplyWriter.DONE;
import static dev.mvm.protocol.hostd.ReplyWriter.ENDED;
import static dev.mvm.protocol.hostd.ReplyWriter.FAILED;
import static dev.mvm.protocol.hostd.ReplyWriter.FOUND;
import static dev.mvm.protocol.hostd.ReplyWriter.HAS_SLEPT;
import static dev.mvm.protocol.hostd.ReplyWriter.OBSERVED;
import static dev.mvm.protocol.hostd.ReplyWriter.READY;
import static dev.mvm.protocol.hostd.ReplyWriter.REFUSED;
import static dev.mvm.protocol.hostd.ReplyWriter.STATED;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.BodyReader;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostReply.Ending;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.Observation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Reads hostd's answers from frames.
public final class ReplyReader {
    private static final int MAX_REFUSALS = 128;
    private static final int MAX_NETWORKS = 4096;
    private static final int MAX_LIMITS = 32;
    private static final int MAX_FINDINGS = 64;

    private ReplyReader() {}

    /// Returns whether `frame` belongs to a program's stream, rather than being an answer of hostd.
    public static boolean isOfAStream(ByteBuffer frame) {
        return Short.toUnsignedInt(frame.getShort(frame.position())) >= StreamFrame.BASE;
    }

    /// Reads a frame that must be an answer.
    ///
    /// @throws MalformedFrameException if it is not
    public static HostReply reply(ByteBuffer frame) throws MalformedFrameException {
        int type = Short.toUnsignedInt(frame.getShort());
        return BodyReader.whole(frame, in -> switch (type) {
            case DONE -> new HostReply.Done();
            case REFUSED -> new HostReply.Refused(new Label(in.text()));
            case FAILED -> new HostReply.Failed(new Label(in.text()), in.u32());
            case OBSERVED -> new HostReply.Observed(observation(in));
            case FOUND -> new HostReply.Found(in.bytes(HostReply.Found.MOST));
            case STATED -> new HostReply.Stated(in.bytes(HostOperation.MAX_ENVELOPE));
            case ENDED -> new HostReply.Ended(ending(in.text()));
            default -> throw new MalformedFrameException("no such answer");
        });
    }

    private static <T> List<T> list(BodyReader in, int most, BodyReader.Reading<T> reading)
            throws MalformedFrameException {
        int count = in.u16();
        if (count > most) {
            throw new MalformedFrameException("list too long");
        }
        var out = new ArrayList<T>(); // as long as what is there, whatever length was claimed
        for (int i = 0; i < count; i++) {
            out.add(reading.from(in));
        }
        return out;
    }

    private static Observation observation(BodyReader in) throws MalformedFrameException {
        return new Observation(
                in.u64(),
                in.text(),
                in.text(),
                in.text(),
                in.u32(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u32(),
                list(in, MAX_LIMITS, BodyReader::text),
                list(in, MAX_NETWORKS, fields -> new NetId(fields.u16())),
                list(in, Observation.MAX_INSTANCES, ReplyReader::instance),
                refusals(in),
                list(in, MAX_FINDINGS, ReplyReader::finding));
    }

    private static Map<String, Long> refusals(BodyReader in) throws MalformedFrameException {
        var out = new TreeMap<String, Long>();
        list(in, MAX_REFUSALS, fields -> {
            var reason = new Label(fields.text()).value();
            if (!out.isEmpty() && out.lastKey().compareTo(reason) >= 0) {
                throw new MalformedFrameException("refusals are not in the order of their reasons");
            }
            return out.put(reason, fields.u64());
        });
        return out;
    }

    private static Observation.Finding finding(BodyReader in) throws MalformedFrameException {
        return new Observation.Finding(in.text(), in.flag(), in.text());
    }

    private static Observation.Instance instance(BodyReader in) throws MalformedFrameException {
        var address = in.address();
        var slot = new Slot(new NetId(in.u16()), in.u8());
        var state = InstanceState.of(in.text()).orElseThrow(() -> new MalformedFrameException("no such state"));
        var revision = new Digest(in.text());
        var resources = new Resources(in.u8(), in.u32(), in.u32());
        int flags = in.u8();
        if ((flags & ~(ATTACHED | CONNECTED | READY | HAS_SLEPT | BEHIND)) != 0) {
            throw new MalformedFrameException("unknown flag");
        }
        var hook = hook(in.u8());
        long started = in.u64();
        var reason = in.text();
        var usage = new Observation.Usage(in.u64(), in.u64(), in.u64());
        var sleep = (flags & HAS_SLEPT) != 0 ? Optional.of(sleep(in)) : Optional.<Observation.Sleep>empty();
        return new Observation.Instance(
                address,
                slot,
                state,
                revision,
                resources,
                (flags & ATTACHED) != 0,
                (flags & CONNECTED) != 0,
                (flags & READY) != 0,
                (flags & BEHIND) != 0,
                hook,
                started,
                reason.isEmpty() ? Optional.empty() : Optional.of(new Label(reason)),
                usage,
                sleep);
    }

    private static Observation.Sleep sleep(BodyReader in) throws MalformedFrameException {
        return new Observation.Sleep(in.u64(), in.u64(), in.u64(), in.u64(), in.u64(), in.u64());
    }

    private static Observation.Hook hook(int number) throws MalformedFrameException {
        return switch (number) {
            case 0 -> Observation.Hook.NONE;
            case 1 -> Observation.Hook.READY;
            case 2 -> Observation.Hook.IDLE;
            case 3 -> Observation.Hook.BUSY;
            default -> throw new MalformedFrameException("no such hook");
        };
    }

    private static Ending ending(String word) throws MalformedFrameException {
        for (var ending : Ending.values()) {
            if (ending.word().equals(word)) {
                return ending;
            }
        }
        throw new MalformedFrameException("no such ending");
    }
}
