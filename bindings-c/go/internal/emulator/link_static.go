//go:build !druva_pkgconfig

package emulator

// #cgo CFLAGS: -I${SRCDIR}/../native/lib/include
// #cgo LDFLAGS: ${SRCDIR}/../native/lib/libdruva.a -lm
// #cgo linux LDFLAGS: -ldl -lpthread
// #cgo darwin LDFLAGS: -framework Security -framework CoreFoundation
import "C"
