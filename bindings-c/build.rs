//! Gives the shared library the name under which programs will look for it: until 1.0 each minor version is an ABI.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    let abi = format!("{}.{}", set("CARGO_PKG_VERSION_MAJOR"), set("CARGO_PKG_VERSION_MINOR"));
    match set("CARGO_CFG_TARGET_OS").as_str() {
        "linux" => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libdruva.so.{abi}"),
        "macos" => println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libdruva.{abi}.dylib"),
        _ => {}
    }
}
