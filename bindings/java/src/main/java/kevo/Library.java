package kevo;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;

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
    private static final int HEADER_VERSION = 2000;

    static {
        String name = SONAME;
        try {
            name = name();
            Native.register(NativeLibrary.getInstance(name));
        } catch (UnsatisfiedLinkError | IOException error) {
            String advice = "install it, or set KEVO_LIBRARY to the path of libkevo.so";
            throw new ExceptionInInitializerError(
                    new IllegalStateException("libkevo cannot be loaded (" + error.getMessage() + "): " + advice));
        }
        if (kevo_abi_check(HEADER_VERSION) != OK) {
            throw new ExceptionInInitializerError(
                    new IllegalStateException(name + " is libkevo " + kevo_version_string()
                            + ", which this package cannot use: install libkevo 0.2.0 or later"));
        }
    }

    private Library() {}

    /** The library that KEVO_LIBRARY names; else the one in this jar, which JNA copies out; else the system's. */
    private static String name() throws IOException {
        String given = System.getenv("KEVO_LIBRARY");
        if (given != null) {
            return given;
        }
        String inJar = "/" + Platform.RESOURCE_PREFIX + "/libkevo.so";
        return Library.class.getResource(inJar) == null
                ? SONAME
                : Native.extractFromResourcePath(inJar, Library.class.getClassLoader()).getPath();
    }

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

    static native int kevo_table_iterator(
            Pointer table, Pointer scan, PointerByReference iterator, PointerByReference error);

    static native Pointer kevo_iterator_error(Pointer iterator);

    static native Pointer kevo_pinned_new();

    static native void kevo_pinned_free(Pointer pinned);

    static native int kevo_table_open_mode(byte[] path, int mode, PointerByReference table, PointerByReference error);

    static native void kevo_table_free(Pointer table);

    static native int kevo_table_get(
            Pointer table,
            byte[] key,
            long keyLen,
            Pointer pinned,
            long[] value,
            long[] sequence,
            PointerByReference error);

    static native long kevo_table_stat(Pointer table, int stat);

    static native int kevo_table_verify(Pointer table, PointerByReference error);

    static native int kevo_table_damage(Pointer table, PointerByReference report, PointerByReference error);

    static native Pointer kevo_db_options_new();

    static native void kevo_db_options_free(Pointer options);

    static native int kevo_db_options_set_create_if_missing(Pointer options, int yes);

    static native int kevo_db_options_set_error_if_exists(Pointer options, int yes);

    static native int kevo_db_options_set_read_only(Pointer options, int yes);

    static native int kevo_db_options_set_recovery(Pointer options, Pointer recovery);

    static native int kevo_db_options_set_memtable_size(Pointer options, long bytes);

    static native int kevo_db_options_set_max_memtables(Pointer options, long count);

    static native int kevo_db_options_set_sync(Pointer options, int mode, long bytes);

    static native int kevo_db_options_set_log_size(Pointer options, long bytes);

    static native int kevo_db_options_set_log_mapped(Pointer options, int yes);

    static native int kevo_db_options_set_log_retention(Pointer options, long bytes);

    static native int kevo_db_options_set_table_size(Pointer options, long bytes);

    static native int kevo_db_options_set_block_size(Pointer options, long bytes);

    static native int kevo_db_options_set_cache_size(Pointer options, long bytes);

    static native int kevo_db_options_set_filter_bits(Pointer options, int bitsPerKey);

    static native int kevo_db_options_set_compaction(Pointer options, int style, long threads);

    static native int kevo_db_options_set_compaction_rate(Pointer options, long bytesPerSecond);

    static native int kevo_db_options_set_max_open_files(Pointer options, long count);

    static native int kevo_db_open(
            byte[] path, Pointer options, PointerByReference db, PointerByReference report, PointerByReference error);

    static native int kevo_db_close(Pointer db, PointerByReference error);

    static native int kevo_db_destroy(byte[] path, PointerByReference error);

    static native Pointer kevo_batch_new();

    static native void kevo_batch_free(Pointer batch);

    static native void kevo_batch_clear(Pointer batch);

    static native int kevo_batch_put(Pointer batch, byte[] key, long keyLen, byte[] value, long valueLen);

    static native int kevo_batch_delete(Pointer batch, byte[] key, long keyLen);

    static native int kevo_batch_append(Pointer batch, Pointer other);

    static native long kevo_batch_count(Pointer batch);

    static native long kevo_batch_size(Pointer batch);

    static native int kevo_db_put(
            Pointer db, byte[] key, long keyLen, byte[] value, long valueLen, int flags, PointerByReference error);

    static native int kevo_db_delete(Pointer db, byte[] key, long keyLen, int flags, PointerByReference error);

    static native int kevo_db_write(Pointer db, Pointer batch, int flags, long[] sequence, PointerByReference error);

    static native int kevo_db_delete_range(
            Pointer db,
            byte[] begin,
            long beginLen,
            byte[] end,
            long endLen,
            int flags,
            long[] count,
            PointerByReference error);

    static native int kevo_db_sync(Pointer db, PointerByReference error);

    static native int kevo_db_resume(Pointer db, PointerByReference error);

    static native int kevo_db_snapshot(Pointer db, PointerByReference snapshot, PointerByReference error);

    static native void kevo_snapshot_free(Pointer snapshot);

    static native long kevo_snapshot_sequence(Pointer snapshot);

    static native int kevo_snapshot_get(
            Pointer snapshot, byte[] key, long keyLen, Pointer pinned, long[] value, PointerByReference error);

    static native int kevo_snapshot_iterator(
            Pointer snapshot, Pointer scan, PointerByReference iterator, PointerByReference error);

    static native int kevo_db_get(
            Pointer db,
            Pointer snapshot,
            byte[] key,
            long keyLen,
            Pointer pinned,
            long[] value,
            PointerByReference error);

    static native int kevo_db_multi_get(
            Pointer db,
            Pointer snapshot,
            Pointer keys,
            long count,
            Pointer pinned,
            Pointer values,
            int[] codes,
            PointerByReference error);

    static native int kevo_db_iterator(
            Pointer db, Pointer snapshot, Pointer scan, PointerByReference iterator, PointerByReference error);

    static native int kevo_transaction_begin(
            Pointer db, int flags, long timeoutMs, PointerByReference transaction, PointerByReference error);

    static native int kevo_transaction_put(
            Pointer transaction, byte[] key, long keyLen, byte[] value, long valueLen, PointerByReference error);

    static native int kevo_transaction_delete(Pointer transaction, byte[] key, long keyLen, PointerByReference error);

    static native int kevo_transaction_get(
            Pointer transaction, byte[] key, long keyLen, long[] value, PointerByReference error);

    static native int kevo_transaction_delete_range(
            Pointer transaction,
            byte[] begin,
            long beginLen,
            byte[] end,
            long endLen,
            long[] count,
            PointerByReference error);

    static native int kevo_transaction_iterator(
            Pointer transaction, Pointer scan, PointerByReference iterator, PointerByReference error);

    static native int kevo_transaction_savepoint(Pointer transaction, PointerByReference error);

    static native int kevo_transaction_rollback_to_savepoint(Pointer transaction, PointerByReference error);

    static native int kevo_transaction_commit(
            Pointer transaction, int flags, long[] sequence, PointerByReference error);

    static native int kevo_transaction_rollback(Pointer transaction, PointerByReference error);

    static native void kevo_transaction_free(Pointer transaction);

    static native int kevo_db_flush(Pointer db, PointerByReference error);

    static native int kevo_db_compact(
            Pointer db,
            byte[] begin,
            long beginLen,
            byte[] end,
            long endLen,
            Progress progress,
            Pointer user,
            PointerByReference error);

    static native int kevo_db_checkpoint(
            Pointer db, byte[] path, Progress progress, Pointer user, PointerByReference error);

    static native int kevo_db_verify(
            Pointer db, Progress progress, Pointer user, PointerByReference report, PointerByReference error);

    static native int kevo_db_approximate_size(
            Pointer db, byte[] begin, long beginLen, byte[] end, long endLen, long[] bytes, PointerByReference error);

    static native int kevo_db_pause_background(Pointer db, PointerByReference error);

    static native int kevo_db_continue_background(Pointer db, PointerByReference error);

    static native int kevo_db_catch_up(Pointer db, PointerByReference error);

    static native int kevo_db_status(Pointer db, PointerByReference error);

    static native long kevo_db_last_sequence(Pointer db);

    static native int kevo_db_salvage(
            byte[] path, byte[] into, Pointer options, PointerByReference report, PointerByReference error);

    static native long kevo_db_stat(Pointer db, int stat);

    static native String kevo_db_stat_name(int stat);

    static native int kevo_db_stat_text(
            Pointer db, byte[] buffer, long capacity, long[] length, PointerByReference error);

    static native int kevo_db_tables(Pointer db, PointerByReference tables, PointerByReference error);

    static native long kevo_table_list_count(Pointer tables);

    static native String kevo_table_list_path(Pointer tables, long index);

    static native long kevo_table_list_stat(Pointer tables, long index, int stat);

    static native void kevo_table_list_free(Pointer tables);

    static native int kevo_log_cursor_open(
            byte[] walDir, long afterSequence, PointerByReference cursor, PointerByReference error);

    static native int kevo_log_cursor_open_at(
            byte[] walDir, byte[] path, long offset, PointerByReference cursor, PointerByReference error);

    static native int kevo_log_cursor_next(
            Pointer cursor,
            long timeoutMs,
            long[] entry,
            int[] lastOfBatch,
            PointerByReference path,
            long[] offset,
            PointerByReference error);

    static native int kevo_log_cursor_wake(Pointer cursor);

    static native void kevo_log_cursor_free(Pointer cursor);
}
