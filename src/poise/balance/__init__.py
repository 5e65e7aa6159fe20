"""Forecast, loss of servers, traffic diff, and the tests of unevenness. Pure."""
