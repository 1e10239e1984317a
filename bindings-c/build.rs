//! Gives the shared library the name under which programs will look for it: its major version is its ABI.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    let major = set("CARGO_PKG_VERSION_MAJOR");
    match set("CARGO_CFG_TARGET_OS").as_str() {
        "linux" => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libdruva.so.{major}"),
        "macos" => println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libdruva.{major}.dylib"),
        _ => {}
    }
}
