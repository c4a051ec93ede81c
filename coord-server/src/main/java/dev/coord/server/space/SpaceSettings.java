package dev.coord.server.space;

/**
 * When a disk counts as low.
 *
 * @param lowBytes with less free than this, nothing is taken that would make the store larger; 0: never
 * @param ballastBytes size of a file that is deleted then, so that there is room for deletes, snapshots and operators; 0: none
 */
public record SpaceSettings(long lowBytes, long ballastBytes) {

    public SpaceSettings {
        if (lowBytes < 0 || ballastBytes < 0) {
            throw new IllegalArgumentException("bytes can't be negative");
        }
    }

    /** With so much free the low state ends: a little more, or it would come and go with every write. */
    long enoughBytes() {
        return lowBytes + lowBytes / 4;
    }

    /** With less than this even registrations are refused. */
    long scarceBytes() {
        return lowBytes / 2;
    }
}
