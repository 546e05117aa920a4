"""The first page: try an order, see the rules through time, break a request, connect a system. Nothing is stored."""
