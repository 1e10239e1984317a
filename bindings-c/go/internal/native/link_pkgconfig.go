//go:build druva_pkgconfig

package native

// #cgo pkg-config: druva
import "C"
