package dev.coord.wal.mapdb;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.mapdb.DBException;
import org.mapdb.DataInput2;
import org.mapdb.volume.SingleByteArrayVol;
import org.mapdb.volume.Volume;
import org.mapdb.volume.VolumeFactory;

/**
 * The engine's view of a {@link JournaledFile}. Its syncs do nothing: the store commits the file itself, when everything
 * that belongs to a mutation is in it.
 */
final class JournaledVolume extends Volume {

    /** The engine asks for its files in units of 2^20 bytes. */
    private static final int SLICE_BYTES = 1 << 20;

    private final JournaledFile file;

    JournaledVolume(JournaledFile file) {
        this.file = file;
    }

    /** Gives out this one volume, whatever is asked for. */
    static VolumeFactory factory(JournaledFile file) {
        return new VolumeFactory() {
            @Override
            public Volume makeVolume(
                    String name,
                    boolean readOnly,
                    long lockWait,
                    int sliceShift,
                    long initialBytes,
                    boolean fixedSize) {
                return new JournaledVolume(file);
            }

            @Override
            public boolean exists(String name) {
                return file.length() > 0;
            }

            @Override
            public boolean handlesReadonly() {
                return false;
            }
        };
    }

    private byte[] read(long offset, int bytes) {
        byte[] into = new byte[bytes];
        getData(offset, into, 0, bytes);
        return into;
    }

    @Override
    public void getData(long offset, byte[] bytes, int at, int size) {
        try {
            file.read(offset, bytes, at, size);
        } catch (IOException e) {
            throw new DBException.VolumeIOError(e);
        }
    }

    @Override
    public void putData(long offset, byte[] bytes, int at, int size) {
        try {
            file.write(offset, bytes, at, size);
        } catch (IOException e) {
            throw new DBException.VolumeIOError(e);
        }
    }

    @Override
    public void putData(long offset, ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        putData(offset, copy, 0, copy.length);
    }

    @Override
    public void putLong(long offset, long value) {
        putData(offset, ByteBuffer.allocate(Long.BYTES).putLong(0, value).array(), 0, Long.BYTES);
    }

    @Override
    public void putInt(long offset, int value) {
        putData(offset, ByteBuffer.allocate(Integer.BYTES).putInt(0, value).array(), 0, Integer.BYTES);
    }

    @Override
    public void putByte(long offset, byte value) {
        putData(offset, new byte[] {value}, 0, 1);
    }

    @Override
    public long getLong(long offset) {
        return ByteBuffer.wrap(read(offset, Long.BYTES)).getLong();
    }

    @Override
    public int getInt(long offset) {
        return ByteBuffer.wrap(read(offset, Integer.BYTES)).getInt();
    }

    @Override
    public byte getByte(long offset) {
        return read(offset, 1)[0];
    }

    @Override
    public DataInput2 getDataInput(long offset, int size) {
        return new DataInput2.ByteArray(read(offset, size));
    }

    /** The same sum as every other volume's, without a read of the file for each eight bytes. */
    @Override
    public long hash(long offset, long size, long seed) {
        byte[] bytes = read(offset, Math.toIntExact(size));
        return new SingleByteArrayVol(bytes).hash(0, size, seed);
    }

    @Override
    public void clear(long from, long to) {
        putData(from, new byte[Math.toIntExact(to - from)], 0, (int) (to - from));
    }

    @Override
    public void ensureAvailable(long bytes) {
        file.growTo(bytes);
    }

    @Override
    public void truncate(long bytes) {
        throw new UnsupportedOperationException("the data file does not shrink");
    }

    @Override
    public void sync() {
        // The store's commit does it.
    }

    /** The store closes the file. */
    @Override
    public void close() {
        closed.set(true);
    }

    @Override
    public long length() {
        return file.length();
    }

    @Override
    public int sliceSize() {
        return SLICE_BYTES;
    }

    @Override
    public boolean isSliced() {
        return false;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public File getFile() {
        throw new UnsupportedOperationException("the file is the store's");
    }

    @Override
    public boolean getFileLocked() {
        return false;
    }
}
