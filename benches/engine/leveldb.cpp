// LevelDB.

#include "store.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <memory>
#include <string>

struct cursor {
  std::unique_ptr<leveldb::Iterator> iterator;
};

namespace {

std::unique_ptr<const leveldb::FilterPolicy> filter;
std::unique_ptr<leveldb::Cache> cache;
std::unique_ptr<leveldb::DB> db;
leveldb::WriteOptions write_options;
leveldb::WriteBatch batch;

void check(const char* what, const leveldb::Status& status) {
  if (!status.ok()) fail(what, status.ToString().c_str());
}

leveldb::Slice to_leveldb(slice bytes) { return {bytes.data, bytes.len}; }
slice of_leveldb(const leveldb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// The entry that a cursor is on after a move.
int entry_of(cursor* cursor, entry* entry) {
  if (!cursor->iterator->Valid()) {
    check("leveldb::Iterator", cursor->iterator->status());
    return 0;
  }
  entry->key = of_leveldb(cursor->iterator->key());
  entry->value = of_leveldb(cursor->iterator->value());
  return 1;
}

}  // namespace

const char* store_version() {
  static const std::string version =
      std::to_string(leveldb::kMajorVersion) + "." + std::to_string(leveldb::kMinorVersion);
  return version.c_str();
}

void store_open(const char* directory, const options* options) {
  leveldb::Options settings;
  filter.reset(leveldb::NewBloomFilterPolicy(FILTER_BITS));
  cache.reset(leveldb::NewLRUCache(options->cache));
  settings.create_if_missing = true;
  settings.write_buffer_size = MEMTABLE;
  settings.block_cache = cache.get();
  settings.filter_policy = filter.get();
  settings.compression = leveldb::kNoCompression;
  write_options.sync = options->sync != 0;
  leveldb::DB* opened = nullptr;
  check("leveldb::DB::Open", leveldb::DB::Open(settings, directory, &opened));
  db.reset(opened);
}

void store_close() {
  db.reset();
  cache.reset();
}

void store_leave() {}

void store_put(slice key, slice value) {
  check("leveldb::DB::Put", db->Put(write_options, to_leveldb(key), to_leveldb(value)));
}

void store_delete(slice key) { check("leveldb::DB::Delete", db->Delete(write_options, to_leveldb(key))); }

void store_batch(const entry* entries, size_t length) {
  batch.Clear();
  for (size_t i = 0; i < length; i++) batch.Put(to_leveldb(entries[i].key), to_leveldb(entries[i].value));
  check("leveldb::DB::Write", db->Write(write_options, &batch));
}

int store_get(slice key, slice* value) {
  static thread_local std::string found;
  leveldb::Status status = db->Get(leveldb::ReadOptions(), to_leveldb(key), &found);
  if (status.IsNotFound()) return 0;
  check("leveldb::DB::Get", status);
  *value = of_leveldb(found);
  return 1;
}

cursor* store_cursor() {
  return new cursor{std::unique_ptr<leveldb::Iterator>(db->NewIterator(leveldb::ReadOptions()))};
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
  cursor->iterator->Seek(to_leveldb(key));
  return entry_of(cursor, entry);
}

void store_scan(tally* tally) {
  std::unique_ptr<leveldb::Iterator> iterator(db->NewIterator(leveldb::ReadOptions()));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next())
    count(tally, of_leveldb(iterator->key()), of_leveldb(iterator->value()));
  check("leveldb::Iterator", iterator->status());
}

uint64_t store_bytes_mapped() { return 0; }
