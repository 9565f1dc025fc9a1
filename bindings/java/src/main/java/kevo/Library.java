package kevo;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Objects;

/** The functions of kevo.h. A size_t is a long here: libkevo is for 64-bit machines only. */
final class Library {
    static final int OK = 0;
    static final int NOT_FOUND = 1;
    static final int DELETED = 2;
    static final int END = 3;
    static final int BUFFER_TOO_SMALL = -5;
    static final int SCAN_ALL_VERSIONS = 1;
    static final int SCAN_TOMBSTONES = 2;
    static final int OP_DELETE = 2;
    static final int EXPORT_NEWEST_ONLY = 1;

    private static final String SONAME = "libkevo.so.0";
    /** The first version of kevo.h that has everything that is used here. */
    private static final int HEADER_VERSION = 1000;

    static {
        String name = Objects.requireNonNullElse(System.getenv("KEVO_LIBRARY"), SONAME);
        try {
            Native.register(NativeLibrary.getInstance(name));
        } catch (UnsatisfiedLinkError error) {
            String advice = "install it, or set KEVO_LIBRARY to the path of libkevo.so";
            throw new ExceptionInInitializerError(
                    new IllegalStateException("libkevo cannot be loaded (" + error.getMessage() + "): " + advice));
        }
        if (kevo_abi_check(HEADER_VERSION) != OK) {
            throw new ExceptionInInitializerError(
                    new IllegalStateException(name + " is libkevo " + kevo_version_string()
                            + ", which this package cannot use: install libkevo 0.1.0 or later"));
        }
    }

    private Library() {}

    interface Progress extends Callback {
        int invoke(Pointer user, long bytesDone, long bytesTotal);
    }

    static native String kevo_strerror(int code);

    static native String kevo_version_string();

    static native int kevo_abi_check(int headerVersion);

    static native Pointer kevo_error_message(Pointer error);

    static native Pointer kevo_error_path(Pointer error);

    static native long kevo_error_offset(Pointer error);

    static native int kevo_error_os_code(Pointer error);

    static native void kevo_error_free(Pointer error);

    static native Pointer kevo_recovery_options_new();

    static native int kevo_recovery_options_set_mode(Pointer options, int mode);

    static native int kevo_recovery_options_set_order(Pointer options, int order);

    static native int kevo_recovery_options_set_max_sequence(Pointer options, long sequence);

    static native int kevo_recovery_options_set_max_memtables(Pointer options, long count);

    static native int kevo_recovery_options_set_memtable_size(Pointer options, long bytes);

    static native int kevo_recovery_options_set_include_set_aside(Pointer options, int yes);

    static native int kevo_recovery_options_set_threads(Pointer options, long count);

    static native int kevo_recovery_options_set_progress(Pointer options, Progress callback, Pointer user);

    static native void kevo_recovery_options_free(Pointer options);

    static native int kevo_recover(
            byte[] walDir,
            Pointer options,
            PointerByReference list,
            PointerByReference report,
            PointerByReference error);

    static native long kevo_recovery_report_stat(Pointer report, int stat);

    static native long kevo_recovery_report_damage_count(Pointer report);

    static native int kevo_recovery_report_damage(
            Pointer report,
            long index,
            PointerByReference path,
            long[] offset,
            long[] length,
            int[] kind,
            PointerByReference what);

    static native void kevo_recovery_report_free(Pointer report);

    static native long kevo_memtable_list_count(Pointer list);

    static native long kevo_memtable_list_max_sequence(Pointer list);

    static native int kevo_memtable_list_get(
            Pointer list, byte[] key, long keyLength, long maxSequence, long[] value, long[] sequence);

    static native int kevo_memtable_list_put(
            Pointer list, byte[] key, long keyLength, byte[] value, long valueLength, long sequence);

    static native int kevo_memtable_list_delete(Pointer list, byte[] key, long keyLength, long sequence);

    static native int kevo_memtable_list_iterator(Pointer list, Pointer scan, PointerByReference iterator);

    static native int kevo_memtable_list_table(Pointer list, long index, PointerByReference table);

    static native int kevo_memtable_list_export(
            Pointer list, byte[] outDir, int flags, long[] entries, long[] memtableSize, PointerByReference error);

    static native void kevo_memtable_list_free(Pointer list);

    static native int kevo_memtable_get(
            Pointer table, byte[] key, long keyLength, long maxSequence, long[] value, long[] sequence);

    static native int kevo_memtable_put(
            Pointer table, byte[] key, long keyLength, byte[] value, long valueLength, long sequence);

    static native int kevo_memtable_delete(Pointer table, byte[] key, long keyLength, long sequence);

    static native int kevo_memtable_iterator(Pointer table, Pointer scan, PointerByReference iterator);

    static native int kevo_memtable_set_immutable(Pointer table);

    static native int kevo_memtable_is_immutable(Pointer table);

    static native long kevo_memtable_approximate_size(Pointer table);

    static native long kevo_memtable_entry_count(Pointer table);

    static native long kevo_memtable_next_sequence(Pointer table);

    static native double kevo_memtable_age_seconds(Pointer table);

    static native void kevo_memtable_free(Pointer table);

    static native Pointer kevo_scan_new();

    static native int kevo_scan_set_lower(Pointer scan, byte[] key, long length, int inclusive);

    static native int kevo_scan_set_upper(Pointer scan, byte[] key, long length, int inclusive);

    static native int kevo_scan_set_prefix(Pointer scan, byte[] prefix, long length);

    static native int kevo_scan_set_max_sequence(Pointer scan, long sequence);

    static native int kevo_scan_set_flags(Pointer scan, int flags);

    static native void kevo_scan_free(Pointer scan);

    static native int kevo_iterator_next(Pointer iterator);

    /** {@code entry} is a kevo_entry: see {@link ForeignEntry}. */
    static native int kevo_iterator_entry(Pointer iterator, long[] entry);

    static native int kevo_iterator_next_packed(
            Pointer iterator, byte[] buffer, long capacity, long[] used, long[] count);

    static native void kevo_iterator_free(Pointer iterator);
}
