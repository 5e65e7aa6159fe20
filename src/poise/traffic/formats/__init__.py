"""How lines of access logs are written, one module for each family of formats.

A family turns a format, as its product has it, into parts; `LineFormat` makes a reader of them that is exact and fast. Pure.
"""
