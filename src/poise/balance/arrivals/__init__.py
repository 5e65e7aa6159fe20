"""A pool under load, arrival by arrival: many lanes of different rates and losses side by side, each from an empty start.

The engine in balancers.simulation moves every start and end of every request and knows each product's ties: it answers what the shares
are. Here every server is a queue in order of arrival, so that a request's start, end and fate are known when it comes: one step for a
request, and no lane waits for another. 30 s of a pool at its limit take a tenth of the time, which is what a search over rates needs.
"""
