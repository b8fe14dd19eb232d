"""The web console: results replayed in a browser, and exercises played live.

The browser gets facts as JSON and numbers as little-endian arrays (``layers.py``), once; scrubbing
and playing happen there. ``guard.py`` holds what a request must satisfy before anything reads it.
"""
