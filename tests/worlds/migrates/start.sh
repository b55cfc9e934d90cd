#!/bin/sh
# Starts the backend, migrates, then becomes the application. Both have the same interpreter.
export PYTHONPATH=../lib
python3 ../lib/backend.py &
python3 migrate.py && exec python3 app.py
