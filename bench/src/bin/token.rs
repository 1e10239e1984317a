//! What a call's token costs when it is there: `token PEER SHAPE CALLS WIDTH WARMUP`, the server's URL in `BENCH_URL`.
//!
//! `WIDTH` workers, each a thread with a runtime of its own, share the calls out among them. Allocations are counted, by an
//! allocator that the other clients do without.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(block, layout, size) }
    }
}

fn main() -> Result<(), Failure> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [peer, _, calls, width, warmup] = given.as_slice() else {
        return Err("token PEER SHAPE CALLS WIDTH WARMUP".into());
    };
    let (calls, width, warmup): (usize, usize, usize) = (calls.parse()?, width.parse()?, warmup.parse()?);
    let url = std::env::var("BENCH_URL")?;
    let client = druva::Client::builder().client_id("bench").client_secret("bench-secret").base_url(url).build()?;
    let barrier = Barrier::new(width);
    let work = || -> Result<(Duration, u64), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            for _ in 0..warmup {
                druva::bench::token(&client).await?;
            }
            barrier.wait();
            let (begun, allocated) = (Instant::now(), ALLOCATIONS.load(Ordering::Relaxed));
            for _ in 0..calls / width {
                black_box(druva::bench::token(&client).await?);
            }
            // Before anybody ends, which frees and allocates.
            let (took, allocated) = (begun.elapsed(), ALLOCATIONS.load(Ordering::Relaxed) - allocated);
            barrier.wait();
            Ok((took, allocated))
        })
    };
    let done: Result<Vec<_>, Failure> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..width).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err("a worker panicked".into()))).collect()
    });
    let done = done?;
    let wall = done.iter().map(|(took, _)| took.as_nanos()).max().unwrap_or_default();
    let allocations = done.iter().map(|(_, allocated)| allocated).max().unwrap_or(&0);
    let shared = calls / width * width;
    println!("{{\"name\":\"{peer}\",\"calls\":{shared},\"wall_ns\":{wall},\"allocations\":{allocations}}}");
    Ok(())
}
