//! Bytes and a header before them in one allocation, to which there are counted references of one pointer each.
//!
//! What is looked up at random is in no cache of the processor, so it waits for memory at each allocation that it goes
//! through, and often for the page of each. `Arc<(Header, Vec<u8>)>` is two of them; triomphe's `ThinArc` is one, but
//! ends the process where its memory is refused.
#![allow(unsafe_code)]

mod slot;

pub(crate) use slot::Slot;

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::marker::PhantomData;
use std::mem::{self, MaybeUninit};
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of which addresses are multiples, in bytes. Allocators give no less.
const ALIGNMENT: usize = 16;

/// What is in front of the bytes, which follow it directly.
#[repr(C)]
pub(crate) struct Head<H> {
    /// How many references there are; at least one.
    count: AtomicUsize,
    /// How many bytes follow. It does not change.
    len: usize,
    header: H,
}

/// A counted reference. The bytes can be changed as long as it is the only one.
pub(crate) struct ThinArc<H: Copy> {
    /// Allocated with the layout of its `len`: at a multiple of [`ALIGNMENT`] a head, and after it `len` initialised bytes. Both live as
    /// long as there is a reference, and each reference is one of `count`.
    head: NonNull<Head<H>>,
    owned: PhantomData<Head<H>>,
}

// SAFETY: references give out `&H` and `&[u8]` only, from any thread if `H` allows that; `&mut [u8]` only the single
// one gives, which is borrowed exclusively. Counting is atomic. An `H` that is `Copy` has no destructor.
unsafe impl<H: Copy + Send + Sync> Send for ThinArc<H> {}
// SAFETY: as above.
unsafe impl<H: Copy + Send + Sync> Sync for ThinArc<H> {}

impl<H: Copy> ThinArc<H> {
    /// A header and `len` zeros; nothing if there is no memory for them.
    pub(crate) fn zeroed(header: H, len: usize) -> Option<Self> {
        // SAFETY: the layout has the size of a head at least, which is not 0.
        let head = NonNull::new(unsafe { alloc_zeroed(Self::layout(len)?) })?.cast::<Head<H>>();
        // SAFETY: it was allocated for a head, with its alignment, and nobody else knows it.
        unsafe { head.write(Head { count: AtomicUsize::new(1), len, header }) };
        Some(Self { head, owned: PhantomData })
    }

    /// A header and `len` bytes, which `write` writes, one after another: zeros where it writes fewer. Nothing if there
    /// is no memory for them.
    pub(crate) fn written(header: H, len: usize, write: impl FnOnce(&mut Unwritten<'_>)) -> Option<Self> {
        // SAFETY: the layout has the size of a head at least, which is not 0.
        let head = NonNull::new(unsafe { alloc(Self::layout(len)?) })?.cast::<Head<H>>();
        // SAFETY: `len` bytes follow the head in its allocation, which nobody else knows until this returns. (If
        // `write` panics, nobody ever does.)
        let bytes = unsafe { slice::from_raw_parts_mut(head.add(1).cast::<MaybeUninit<u8>>().as_ptr(), len) };
        let mut unwritten = Unwritten(bytes);
        write(&mut unwritten);
        unwritten.0.fill(MaybeUninit::new(0));
        // SAFETY: as in `zeroed`. All bytes are initialised now.
        unsafe { head.write(Head { count: AtomicUsize::new(1), len, header }) };
        Some(Self { head, owned: PhantomData })
    }

    /// Of a head and the bytes behind it; nothing if that is more than there can be.
    fn layout(len: usize) -> Option<Layout> {
        let (layout, start) = Layout::new::<Head<H>>().extend(Layout::array::<u8>(len).ok()?).ok()?;
        debug_assert_eq!(start, size_of::<Head<H>>(), "bytes need no alignment");
        layout.align_to(ALIGNMENT).ok()
    }

    #[inline]
    fn head(&self) -> &Head<H> {
        // SAFETY: it is alive, for this reference is counted, and nobody changes more of it than the count, which is
        // atomic.
        unsafe { self.head.as_ref() }
    }

    #[inline]
    pub(crate) fn header(&self) -> &H {
        &self.head().header
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: so many initialised bytes follow the head in its allocation, which lives as long as this reference.
        // `get_mut` has given out none of them, since it borrows the only reference exclusively.
        unsafe { slice::from_raw_parts(self.head.add(1).cast::<u8>().as_ptr(), self.head().len) }
    }

    /// The bytes, to be changed; nothing if there is another reference.
    pub(crate) fn get_mut(&mut self) -> Option<&mut [u8]> {
        // Acquire: what other references did before they were dropped happened before.
        if self.head().count.load(Ordering::Acquire) != 1 {
            return None;
        }
        // SAFETY: as in `bytes`. This is the only reference, and it is borrowed exclusively, so nobody else reads these
        // bytes, and no other reference can be made of it.
        Some(unsafe { slice::from_raw_parts_mut(self.head.add(1).cast::<u8>().as_ptr(), self.head().len) })
    }

    /// Bytes of memory that it takes.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Head<H>>() + self.head().len
    }

    /// How many references there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.head().count.load(Ordering::Relaxed)
    }

    /// Whether both are references to the same bytes.
    #[inline]
    pub(crate) fn ptr_eq(one: &Self, other: &Self) -> bool {
        one.head == other.head
    }
}

/// What is left to be written of new bytes.
pub(crate) struct Unwritten<'b>(&'b mut [MaybeUninit<u8>]);

impl Unwritten<'_> {
    /// Writes the next ones, of which there are so many.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= self.0.len(), "more bytes than there are to be written");
        let (next, left) = mem::take(&mut self.0).split_at_mut(bytes.len());
        for (next, byte) in next.iter_mut().zip(bytes) {
            next.write(*byte);
        }
        self.0 = left;
    }
}

impl<H: Copy> Clone for ThinArc<H> {
    #[inline]
    fn clone(&self) -> Self {
        // Relaxed: who has a reference needs to know nothing new to make another.
        if self.head().count.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
            // As the standard library does: only references that are leaked can be so many.
            std::process::abort();
        }
        Self { head: self.head, owned: PhantomData }
    }
}

impl<H: Copy> Drop for ThinArc<H> {
    #[inline]
    fn drop(&mut self) {
        // Release: what was read through this reference was read before the memory is given back.
        if self.head().count.fetch_sub(1, Ordering::Release) > 1 {
            return;
        }
        // With the Release of each of the others. (A fence would do as well, but tools that look for races know none.)
        self.head().count.load(Ordering::Acquire);
        if let Some(layout) = Self::layout(self.head().len) {
            // SAFETY: it was allocated with this layout, and there is no reference to it any more.
            unsafe { dealloc(self.head.as_ptr().cast(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ThinArc;
    use std::panic::catch_unwind;

    #[test]
    fn bytes_can_be_changed_through_the_only_reference() {
        let mut one = ThinArc::zeroed((7_u8, 8_u64), 5).unwrap();
        assert_eq!((one.bytes(), *one.header()), (&[0; 5][..], (7, 8)));
        one.get_mut().unwrap().copy_from_slice(b"bytes");
        let other = one.clone();
        assert!(one.get_mut().is_none() && ThinArc::ptr_eq(&one, &other));
        assert_eq!(other.bytes(), b"bytes");
        drop(other);
        one.get_mut().unwrap()[0] = b'B';
        assert_eq!(one.bytes(), b"Bytes");
        assert!(ThinArc::zeroed((), 0).unwrap().bytes().is_empty());
    }

    #[test]
    fn bytes_are_what_was_written_and_then_zeros() {
        let of =
            |len, parts: &[&[u8]]| ThinArc::written(7_u8, len, |rest| parts.iter().for_each(|part| rest.push(part)));
        assert_eq!(of(5, &[b"by", b"", b"tes"]).unwrap().bytes(), b"bytes");
        assert_eq!(of(5, &[b"by"]).unwrap().bytes(), b"by\0\0\0");
        assert!(of(0, &[b""]).unwrap().bytes().is_empty() && of(isize::MAX as usize - 100, &[]).is_none());
        assert!(catch_unwind(|| of(2, &[b"bytes"])).is_err());
    }

    #[test]
    fn memory_that_is_not_there_is_refused() {
        assert!(ThinArc::zeroed(1_u64, usize::MAX).is_none());
        assert!(ThinArc::zeroed(1_u64, isize::MAX as usize - 100).is_none());
    }
}
