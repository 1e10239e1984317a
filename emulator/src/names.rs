//! What names tell: which thing an id belongs to, and what one of many is called.

/// `deviceID`, `device_id` -> `device`
pub(crate) fn stem(name: &str) -> Option<String> {
    let stem = ["ID", "Id", "_id"].iter().find_map(|end| name.strip_suffix(end)).or_else(|| {
        // `iocsetid`
        let lower = name.bytes().all(|byte| byte.is_ascii_lowercase()) && name.len() > 5;
        name.strip_suffix("id").filter(|_| lower)
    });
    stem.map(folded).filter(|stem| !stem.is_empty())
}

/// Names are compared without case and underscores: `StorageID` is `storage_id`.
pub(crate) fn folded(name: &str) -> String {
    let mut folded = name.replace('_', "");
    folded.make_ascii_lowercase();
    folded
}

pub(crate) fn same(one: &str, other: &str) -> bool {
    fn bytes(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase())
    }
    bytes(one).eq(bytes(other))
}

/// What one row of a table is called in the names of fields that refer to it.
pub(crate) fn words(id: &str, key_param: Option<&str>) -> Vec<String> {
    let resource = id.rsplit('.').next().unwrap_or(id).replace('_', "");
    let mut words = vec![singular(&resource)];
    words.extend(key_param.and_then(stem));
    words.dedup();
    words
}

pub(crate) fn singular(name: &str) -> String {
    match name {
        _ if name.ends_with("ies") => format!("{}y", &name[..name.len() - 3]),
        _ if name.ends_with("sses") => name[..name.len() - 2].to_owned(),
        _ => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

/// Druva's other names for the same things.
pub(crate) fn alias(name: &str) -> String {
    let name = name.strip_prefix("insync").unwrap_or(name);
    match name {
        "datasource" | "resource" => "device".into(),
        "custodian" | "resourceparent" => "user".into(),
        "org" => "organization".into(),
        "customerglobal" | "globalcustomer" => "customer".into(),
        _ => name.to_owned(),
    }
}
