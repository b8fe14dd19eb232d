"""Package data: region packs, scenarios and plans; the guide is ``README.md`` in this folder.

Read through ``importlib.resources``, so that an installed wheel runs from an empty folder.
"""
