//go:build druva_pkgconfig

package emulator

// #cgo pkg-config: druva
import "C"
