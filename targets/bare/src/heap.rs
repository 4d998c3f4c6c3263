//! A heap in one static block: room comes in powers of two, and what is given back is kept for the
//! next of its size. One thread only.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::ptr;

const CAPACITY: usize = 1 << 24;

/// The least room, enough for a pointer; every address is a multiple of it.
const LEAST: usize = 16;

#[repr(align(16))]
struct Heap {
    block: UnsafeCell<[u8; CAPACITY]>,
    used: Cell<usize>,
    /// Of each power of two the last room given back, which begins with the address of the one
    /// before it.
    free: [Cell<*mut u8>; usize::BITS as usize],
}

// SAFETY: nothing here ever starts a thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap {
    block: UnsafeCell::new([0; CAPACITY]),
    used: Cell::new(0),
    free: [const { Cell::new(ptr::null_mut()) }; usize::BITS as usize],
};

/// The power of two that has room for it.
fn power(layout: Layout) -> Option<usize> {
    if layout.align() > LEAST || layout.size() > CAPACITY {
        return None;
    }
    Some(layout.size().max(LEAST).next_power_of_two().trailing_zeros() as usize)
}

// SAFETY: what is handed out is aligned, inside the block, and of nobody else.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(power) = power(layout) else { return ptr::null_mut() };
        let (free, size) = (&self.free[power], 1 << power);
        let last = free.get();
        if !last.is_null() {
            // SAFETY: `dealloc` wrote it there.
            free.set(unsafe { last.cast::<*mut u8>().read() });
            return last;
        }
        let start = self.used.get();
        if size > CAPACITY - start {
            return ptr::null_mut();
        }
        self.used.set(start + size);
        // SAFETY: start ≤ CAPACITY.
        unsafe { self.block.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, room: *mut u8, layout: Layout) {
        let Some(power) = power(layout) else { return };
        let free = &self.free[power];
        // SAFETY: the room is at least a pointer's, aligned for it, and no longer anyone's.
        unsafe { room.cast::<*mut u8>().write(free.get()) };
        free.set(room);
    }
}
