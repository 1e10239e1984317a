//! From method and path to the operation.

use crate::http::percent_decode;
use druva_api::Model;
use std::collections::HashMap;

/// Finds operations by their path templates.
pub(crate) struct Router {
    /// By method and number of segments.
    templates: HashMap<(String, usize), Vec<Template>>,
}

struct Template {
    segments: Vec<Segment>,
    /// Position in [`Model::operations`].
    operation: usize,
}

enum Segment {
    Fixed(String),
    Param(String),
}

/// An operation and the arguments in its path, by wire name.
pub(crate) struct Found {
    pub(crate) operation: usize,
    pub(crate) path: Vec<(String, String)>,
}

impl Router {
    pub(crate) fn new(model: &Model, cloud: &str) -> Router {
        let mut templates: HashMap<(String, usize), Vec<Template>> = HashMap::new();
        for (at, (_, operation)) in model.operations().enumerate() {
            if !operation.clouds.iter().any(|known| known == cloud) {
                continue;
            }
            let path =
                operation.routes.iter().find(|route| route.cloud == cloud).map_or(&operation.path, |route| &route.path);
            let segments: Vec<Segment> = path.split('/').skip(1).map(segment).collect();
            let key = (operation.method.clone(), segments.len());
            templates.entry(key).or_default().push(Template { segments, operation: at });
        }
        // A fixed segment wins over a parameter in the same place.
        for list in templates.values_mut() {
            list.sort_by_key(|template| {
                template.segments.iter().map(|part| matches!(part, Segment::Param(_))).collect::<Vec<_>>()
            });
        }
        Router { templates }
    }

    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Found> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let candidates = self.templates.get(&(method.to_owned(), segments.len()))?;
        candidates.iter().find_map(|template| {
            let mut found = Vec::new();
            for (part, text) in template.segments.iter().zip(&segments) {
                match part {
                    Segment::Fixed(fixed) if fixed == text => {}
                    Segment::Param(name) if !text.is_empty() => found.push((name.clone(), percent_decode(text))),
                    _ => return None,
                }
            }
            Some(Found { operation: template.operation, path: found })
        })
    }
}

fn segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => Segment::Param(name.to_owned()),
        None => Segment::Fixed(text.to_owned()),
    }
}
