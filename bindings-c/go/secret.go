package druva

// Secret is text that is never shown: not by fmt with any verb, not by encoding/json, not as a field of another struct.
// The zero value is no secret.
type Secret struct {
	// A function, because printers look into the unexported fields of a program's own structs and follow pointers.
	reveal func() string
}

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero says that there is no secret.
func (s Secret) IsZero() bool { return s.reveal == nil }

// String returns what stands for a secret in logs.
func (s Secret) String() string {
	if s.reveal == nil {
		return ""
	}
	return "[redacted]"
}

// GoString is String: %#v shows no more.
func (s Secret) GoString() string { return s.String() }
