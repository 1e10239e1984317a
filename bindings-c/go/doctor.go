package druva

import (
	"context"

	"druva-sdk/druva/core"
)

// Diagnosis is what stands between a client and Druva.
type Diagnosis struct {
	// OK says that nothing stands in the way.
	OK bool `json:"ok"`
	// Findings are configuration, dns, proxy, connect, tls, token, call and clock, in this order.
	Findings []Finding `json:"findings"`
	text     string
}

// Finding is one thing that the doctor looked at.
type Finding struct {
	// Name is what it is: "dns".
	Name string `json:"name"`
	// State is "ok", "warning", "failed" (it stands in the way) or "skipped" (it was not looked at).
	State string `json:"state"`
	// Message is what was seen.
	Message string `json:"message"`
	// Hint is what to do; mostly empty.
	Hint string `json:"hint,omitempty"`
}

// String is a line for each finding, with what to do below it.
func (d *Diagnosis) String() string { return d.text }

// Doctor looks for what stands between this client and Druva: configuration, DNS, proxy, connection, TLS, credential,
// permissions, clock. It gets a token if the client has none, and reads a little of each product. What it finds is no
// error.
//
//	diagnosis, err := client.Doctor(ctx)
//	fmt.Println(diagnosis)
func (c *Client) Doctor(ctx context.Context) (*Diagnosis, error) {
	response, err := core.Send(ctx, c.native, "doctor", nil)
	if err != nil {
		return nil, err
	}
	var told struct {
		Diagnosis
		Text string `json:"text"`
	}
	if err := response.JSON(&told); err != nil {
		return nil, err
	}
	told.text = told.Text
	return &told.Diagnosis, nil
}
