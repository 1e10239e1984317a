package druva

import (
	"context"
	"sync"

	"druva-sdk/druva/core"
	"druva-sdk/druva/msp"
)

// Customer returns a client of one customer of a managed-service provider, made with the provider's own. The customer's
// token is fetched with the provider's when it is first needed; the clients of one customer share it. Closing one of the
// two clients leaves the other as it is. An [*ArgumentError] where c is not the client of a provider.
func (c *Client) Customer(id string) (*Client, error) {
	customer, err := c.native.Customer(id)
	if err != nil {
		return nil, err
	}
	return &Client{newProducts(customer), customer}, nil
}

// ForCustomer is what work for one customer came to.
type ForCustomer[T any] struct {
	// Customer is the customer.
	Customer msp.Customer
	// Value is what the work returned.
	Value T
	// Err is why it failed, or why it was not begun; nil when it succeeded.
	Err error
}

// ForEachCustomer runs work for every customer of a managed-service provider, at most concurrency at a time (8 when it is
// 0), each with a client of the customer's own.
//
//	counts, err := druva.ForEachCustomer(ctx, provider, 8, func(ctx context.Context, client *druva.Client, customer msp.Customer) (int, error) {
//		return countDevices(ctx, client)
//	})
//
// All customers are listed first: an error of ForEachCustomer itself says that they could not be, and that no work was begun.
// What fails for one customer stands in its own outcome and stops nobody. The outcomes come in the order of the customers.
// When the context ends, no further work is begun; what was not begun has the context's error.
func ForEachCustomer[T any](ctx context.Context, provider *Client, concurrency int, work func(ctx context.Context, client *Client, customer msp.Customer) (T, error)) ([]ForCustomer[T], error) {
	var outcomes []ForCustomer[T]
	for customer, err := range provider.MSP.Customers.List(ctx, nil).All() {
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, ForCustomer[T]{Customer: *customer})
	}
	if concurrency <= 0 {
		concurrency = 8
	}
	var running sync.WaitGroup
	free := make(chan struct{}, concurrency)
	for at := range outcomes {
		free <- struct{}{}
		running.Add(1)
		go func() {
			defer func() { <-free; running.Done() }()
			outcomes[at].run(ctx, provider, work)
		}()
	}
	running.Wait()
	return outcomes, nil
}

func (o *ForCustomer[T]) run(ctx context.Context, provider *Client, work func(context.Context, *Client, msp.Customer) (T, error)) {
	id := o.Customer.ID.Value
	if o.Err = core.Ended(ctx, ""); o.Err != nil {
		return
	}
	client, err := provider.Customer(id)
	if err != nil {
		o.Err = err
		return
	}
	o.Value, o.Err = work(ctx, client, o.Customer)
}
