//! Versions one after the other, in the format of `kevo_iterator_next_packed`.

use crate::model::Version;

/// As many of `versions` as fit completely, and how many they are.
pub fn pack(versions: &[Version], capacity: usize) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    for (count, version) in versions.iter().enumerate() {
        if bytes.len() + length(version) > capacity {
            return (bytes, count);
        }
        append(&mut bytes, version);
    }
    (bytes, versions.len())
}

/// How many bytes a version takes.
pub fn length(version: &Version) -> usize {
    24 + version.key.len() + version.value.as_ref().map_or(0, Vec::len)
}

fn append(bytes: &mut Vec<u8>, Version { key, sequence, value }: &Version) {
    let op = if value.is_some() { 1_u32 } else { 2 };
    let value = value.as_deref().unwrap_or_default();
    bytes.extend((key.len() as u32).to_le_bytes());
    bytes.extend((value.len() as u32).to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(op.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(key);
    bytes.extend(value);
}
