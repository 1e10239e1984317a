//! `DRUVA_LOG`: what the SDK does, on standard error, for programs that have no `tracing` subscriber of their own.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::Once;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Metadata, Subscriber, span};

static STARTED: Once = Once::new();

/// Starts logging if `DRUVA_LOG` names a level: `error`, `warn`, `info`, `debug` or `trace`.
pub(super) fn start() {
    STARTED.call_once(|| {
        let level = std::env::var("DRUVA_LOG").ok().and_then(|level| level.parse::<LevelFilter>().ok());
        if let Some(level) = level {
            // A host program's own subscriber stays.
            let _ = tracing::subscriber::set_global_default(Stderr(level));
        }
    });
}

/// Writes the SDK's own events, one a line. It has no spans.
struct Stderr(LevelFilter);

impl Subscriber for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.0 && metadata.target().starts_with("druva")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = format!("druva {}", event.metadata().level());
        event.record(&mut Line(&mut line));
        line.push('\n');
        // A closed standard error is no reason to fail a call.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
