// RocksDB.

#include "store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <string>

struct cursor {
  std::unique_ptr<rocksdb::Iterator> iterator;
};

namespace {

std::unique_ptr<rocksdb::DB> db;
rocksdb::WriteOptions write_options;
rocksdb::WriteBatch batch;
thread_local rocksdb::PinnableSlice found;

void check(const char* what, const rocksdb::Status& status) {
  if (!status.ok()) fail(what, status.ToString().c_str());
}

rocksdb::Slice to_rocksdb(slice bytes) { return {bytes.data, bytes.len}; }
slice of_rocksdb(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// The entry that a cursor is on after a move.
int entry_of(cursor* cursor, entry* entry) {
  if (!cursor->iterator->Valid()) {
    check("rocksdb::Iterator", cursor->iterator->status());
    return 0;
  }
  entry->key = of_rocksdb(cursor->iterator->key());
  entry->value = of_rocksdb(cursor->iterator->value());
  return 1;
}

}  // namespace

const char* store_version() {
  static const std::string version = std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." +
                                     std::to_string(ROCKSDB_PATCH);
  return version.c_str();
}

void store_open(const char* directory, const options* options) {
  rocksdb::Options settings;
  rocksdb::BlockBasedTableOptions tables;
  tables.block_cache = rocksdb::NewLRUCache(options->cache);
  tables.filter_policy.reset(rocksdb::NewBloomFilterPolicy(FILTER_BITS));
  settings.table_factory.reset(rocksdb::NewBlockBasedTableFactory(tables));
  settings.create_if_missing = true;
  settings.write_buffer_size = MEMTABLE;
  settings.compression = rocksdb::kNoCompression;
  write_options.sync = options->sync != 0;
  rocksdb::DB* opened = nullptr;
  check("rocksdb::DB::Open", rocksdb::DB::Open(settings, directory, &opened));
  db.reset(opened);
}

void store_close() {
  found.Reset();
  db.reset();
}

void store_leave() { found.Reset(); }

void store_put(slice key, slice value) {
  check("rocksdb::DB::Put", db->Put(write_options, to_rocksdb(key), to_rocksdb(value)));
}

void store_delete(slice key) { check("rocksdb::DB::Delete", db->Delete(write_options, to_rocksdb(key))); }

void store_batch(const entry* entries, size_t length) {
  batch.Clear();
  for (size_t i = 0; i < length; i++) batch.Put(to_rocksdb(entries[i].key), to_rocksdb(entries[i].value));
  check("rocksdb::DB::Write", db->Write(write_options, &batch));
}

int store_get(slice key, slice* value) {
  found.Reset();
  rocksdb::Status status = db->Get(rocksdb::ReadOptions(), db->DefaultColumnFamily(), to_rocksdb(key), &found);
  if (status.IsNotFound()) return 0;
  check("rocksdb::DB::Get", status);
  *value = of_rocksdb(found);
  return 1;
}

cursor* store_cursor() {
  return new cursor{std::unique_ptr<rocksdb::Iterator>(db->NewIterator(rocksdb::ReadOptions()))};
}

void store_cursor_free(cursor* cursor) { delete cursor; }

int store_first(cursor* cursor, entry* entry) {
  cursor->iterator->SeekToFirst();
  return entry_of(cursor, entry);
}

int store_next(cursor* cursor, entry* entry) {
  cursor->iterator->Next();
  return entry_of(cursor, entry);
}

int store_seek(cursor* cursor, slice key, entry* entry) {
  cursor->iterator->Seek(to_rocksdb(key));
  return entry_of(cursor, entry);
}

void store_scan(tally* tally) {
  std::unique_ptr<rocksdb::Iterator> iterator(db->NewIterator(rocksdb::ReadOptions()));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next())
    count(tally, of_rocksdb(iterator->key()), of_rocksdb(iterator->value()));
  check("rocksdb::Iterator", iterator->status());
}

uint64_t store_bytes_mapped() { return 0; }
