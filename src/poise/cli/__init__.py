"""The commands: parse, call one function of app, print, return a code."""
