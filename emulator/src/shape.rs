//! Where in an answer the things are that it is about.

use crate::names::same;
use druva_api::{Answer, ObjectType, Operation, Product, Type};

/// The place of one row, or of a list of rows, in an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    /// Members to follow from the top of the answer; empty: the answer itself.
    pub(crate) path: Vec<String>,
    /// A list is there, not one row.
    pub(crate) many: bool,
    /// The object type of a row, when the documents describe it.
    pub(crate) item: Option<String>,
    /// The type of the items of a list that are no objects.
    pub(crate) scalar: Option<Type>,
}

/// The list in an answer: the one that the model names, else the first list of objects near the top.
pub(crate) fn of_list(product: &Product, operation: &Operation) -> Option<Shape> {
    let Answer::Json(answer) = &operation.answer else { return None };
    if let Some(pages) = &operation.pages {
        let path: Vec<String> = pages.items.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let list = follow(product, answer, &path);
        let item = list.and_then(item_type);
        let scalar = match list {
            Some(Type::List(item)) if !matches!(**item, Type::Object(_) | Type::Json) => Some((**item).clone()),
            _ => None,
        };
        return Some(Shape { path, many: true, item, scalar });
    }
    // What has an id of its own is a thing that has parts, not a list of things.
    let is_thing =
        object_name(answer).and_then(|name| object(product, &name)).is_some_and(|object| field(object, "id").is_some());
    let is_list = |_: &Product, ty: &Type| matches!(ty, Type::List(item) if matches!(**item, Type::Object(_)));
    find(product, answer, 2, &is_list).filter(|_| !is_thing)
}

/// The row in an answer: the object that has the key, else the answer itself. A list of such objects counts as well.
pub(crate) fn of_row(product: &Product, operation: &Operation, key: Option<&str>) -> Option<Shape> {
    let Answer::Json(answer) = &operation.answer else { return None };
    let has_key = |ty: &Type| match (ty, key) {
        (Type::Object(name), Some(key)) => object(product, name).is_some_and(|object| field(object, key).is_some()),
        _ => false,
    };
    let keyed = find(product, answer, 2, &|_, ty| has_key(ty) || matches!(ty, Type::List(item) if has_key(item)));
    keyed.or_else(|| Some(Shape { path: Vec::new(), many: false, item: object_name(answer), scalar: None }))
}

/// Breadth-first search for a member.
fn find(product: &Product, ty: &Type, depth: usize, wanted: &dyn Fn(&Product, &Type) -> bool) -> Option<Shape> {
    let mut level: Vec<(Vec<String>, &Type)> = vec![(Vec::new(), ty)];
    for _ in 0..=depth {
        for (path, ty) in &level {
            if wanted(product, ty) {
                let many = matches!(ty, Type::List(_));
                let item = if many { item_type(ty) } else { object_name(ty) };
                return Some(Shape { path: path.clone(), many, item, scalar: None });
            }
        }
        level = level
            .into_iter()
            .filter_map(|(path, ty)| Some((path, object(product, &object_name(ty)?)?)))
            .flat_map(|(path, object)| {
                object.fields.iter().map(move |field| {
                    let mut path = path.clone();
                    path.push(field.name.clone());
                    (path, &field.ty)
                })
            })
            .collect();
    }
    None
}

/// The type at the end of a path.
pub(crate) fn follow<'a>(product: &'a Product, ty: &'a Type, path: &[String]) -> Option<&'a Type> {
    path.iter().try_fold(ty, |ty, name| field(object(product, &object_name(ty)?)?, name))
}

fn object_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Object(name) => Some(name.clone()),
        _ => None,
    }
}

fn item_type(ty: &Type) -> Option<String> {
    match ty {
        Type::List(item) => object_name(item),
        _ => None,
    }
}

pub(crate) fn object<'a>(product: &'a Product, name: &str) -> Option<&'a ObjectType> {
    product.types.get(name)
}

/// A field by name, however its letters are cased (`StorageID` is `storageID`).
fn field<'a>(object: &'a ObjectType, name: &str) -> Option<&'a Type> {
    object.fields.iter().find(|field| same(&field.name, name)).map(|field| &field.ty)
}
