package druva

// Secret is text that is never shown: not by fmt with any verb, not by encoding/json, not as a field of another struct.
// The zero value is no secret.
type Secret struct {
	// Behind a pointer, because fmt prints the unexported fields of a program's own structs without asking.
	text *string
}

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns what stands for a secret in logs.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return "[redacted]"
}

// GoString is String: %#v shows no more.
func (s Secret) GoString() string { return s.String() }
