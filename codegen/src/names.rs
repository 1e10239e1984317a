//! The cases of names. Escaping a language's keywords is that language's business.

/// `device_os_version`
pub fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `DEVICE_OS_VERSION`
pub fn upper_snake(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// `DeviceOsVersion`
pub fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// `deviceOsVersion`
pub fn camel(name: &str) -> String {
    let mut words = words(name).into_iter();
    let first = words.next().unwrap_or_default();
    first + &words.map(|word| capitalised(&word)).collect::<String>()
}

/// What one of several is called: `Policies` -> `Policy`, `devices` -> `device`.
pub fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && !name.to_ascii_lowercase().ends_with("settings") => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// A name's words in lower case. A run of capitals is one word, its last letter beginning the next one if a lower case
/// letter follows; but a plural `s` belongs to the run before it (`userIDs`). Digits belong to the word before them.
pub fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, &letter) in letters.iter().enumerate() {
            if letter.is_ascii_uppercase() && starts_word(&letters, at) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.push(letter.to_ascii_lowercase());
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

fn starts_word(letters: &[char], at: usize) -> bool {
    let after_capital = at > 0 && letters[at - 1].is_ascii_uppercase();
    let Some(next) = letters.get(at + 1) else { return !after_capital };
    let plural = *next == 's' && letters.get(at + 2).is_none_or(|letter| letter.is_ascii_uppercase());
    !after_capital || (next.is_ascii_lowercase() && !plural)
}

/// With its first letter as a capital.
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_case() {
        for (name, expected) in [
            ("userIDs", "user_ids"),
            ("userIDsOfAll", "user_ids_of_all"),
            ("deviceOSVersion", "device_os_version"),
            ("inSyncUserID", "in_sync_user_id"),
            ("ldapGUID", "ldap_guid"),
            ("sha1Checksum", "sha1_checksum"),
            ("totalBackupDataInBytes", "total_backup_data_in_bytes"),
            ("OSName", "os_name"),
            ("pageToken", "page_token"),
            ("PageToken", "page_token"),
            ("proxyName (deprecated)", "proxy_name_deprecated"),
            ("status[]", "status"),
            ("collection-stream", "collection_stream"),
            ("legal_holds", "legal_holds"),
            ("ID", "id"),
            ("IDs", "ids"),
            ("v1", "v1"),
            ("AVScan", "av_scan"),
            ("Ex", "ex"),
            ("aB", "a_b"),
            ("", ""),
        ] {
            assert_eq!(snake(name), expected, "{name}");
        }
    }

    #[test]
    fn singulars() {
        for (name, expected) in
            [("devices", "device"), ("Policies", "Policy"), ("access", "access"), ("settings", "settings")]
        {
            assert_eq!(singular(name), expected);
        }
    }

    #[test]
    fn other_cases() {
        assert_eq!(pascal("deviceOSVersion"), "DeviceOsVersion");
        assert_eq!(pascal("rate_limited"), "RateLimited");
        assert_eq!(camel("user_ids"), "userIds");
        assert_eq!(camel("DeviceID"), "deviceId");
        assert_eq!(upper_snake("userIDs"), "USER_IDS");
    }
}
