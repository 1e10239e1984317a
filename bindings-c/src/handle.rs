//! Handles: what C holds instead of pointers.
//!
//! A handle is a number that is never given out twice, looked up in a table for each call. A pointer with a magic
//! word would be cheaper by some nanoseconds, but checking it after the free reads memory that is no longer ours
//! (which valgrind and ASAN rightly report), and a new object at the old address would answer for the old one.
//! The table also keeps a value alive while a call in another thread still uses it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Few enough to cost nothing, enough that threads rarely meet.
const SHARDS: usize = 16;

/// One counter for all kinds: a handle of one kind is unknown to the table of another.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// Set in every handle: on 64-bit machines no such address exists, so code that takes a handle for a pointer faults
/// at once.
const MARK: usize = 1 << (usize::BITS - 1);

/// A tree and not a hash table: at these sizes as fast, it needs no memory while empty, and leak checkers can follow its
/// pointers.
type Shard<T> = RwLock<BTreeMap<usize, Arc<T>>>;

/// The live values of one kind.
pub(crate) struct Table<T> {
    shards: [Shard<T>; SHARDS],
}

impl<T> Table<T> {
    pub(crate) const fn new() -> Table<T> {
        Table { shards: [const { RwLock::new(BTreeMap::new()) }; SHARDS] }
    }

    fn shard(&self, id: usize) -> &Shard<T> {
        &self.shards[id % SHARDS]
    }

    pub(crate) fn insert(&self, value: Arc<T>) -> usize {
        let id = NEXT.fetch_add(1, Ordering::Relaxed) | MARK;
        self.shard(id).write().unwrap_or_else(PoisonError::into_inner).insert(id, value);
        id
    }

    pub(crate) fn get(&self, id: usize) -> Option<Arc<T>> {
        self.shard(id).read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn remove(&self, id: usize) -> Option<Arc<T>> {
        self.shard(id).write().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}

/// A type that C sees as opaque: the marker names the handle, `Value` is what it stands for.
pub(crate) trait Handle: Sized + 'static {
    type Value: Send + Sync + 'static;
    /// For messages: `client`.
    const NAME: &'static str;
    fn table() -> &'static Table<Self::Value>;

    /// Gives C a handle on the value.
    fn give(value: Self::Value) -> *mut Self {
        std::ptr::without_provenance_mut(Self::table().insert(Arc::new(value)))
    }

    /// The value of a live handle.
    fn find(handle: *const Self) -> Option<Arc<Self::Value>> {
        Self::table().get(handle.addr())
    }

    /// Ends a handle; its value goes when the last call that uses it is done.
    fn end(handle: *const Self) -> Option<Arc<Self::Value>> {
        Self::table().remove(handle.addr())
    }
}

/// Gives an opaque type of C its table. (The type itself is declared in the open, where cbindgen finds it.)
macro_rules! handle {
    ($name:ident is $label:literal for $value:ty) => {
        impl $crate::handle::Handle for $name {
            type Value = $value;
            const NAME: &'static str = $label;

            fn table() -> &'static $crate::handle::Table<$value> {
                static TABLE: $crate::handle::Table<$value> = $crate::handle::Table::new();
                &TABLE
            }
        }
    };
}
pub(crate) use handle;
