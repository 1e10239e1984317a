//go:build !druva_pkgconfig

package native

// #cgo CFLAGS: -I${SRCDIR}/lib/include
// #cgo LDFLAGS: ${SRCDIR}/lib/libdruva.a -lm
// #cgo linux LDFLAGS: -ldl -lpthread
// #cgo darwin LDFLAGS: -framework Security -framework CoreFoundation
// #include "library.h"
import "C"
