#!/bin/sh
# Starts the backend, then becomes the application of the folder we are in.
export PYTHONPATH=../lib
python3 ../lib/backend.py &
exec python3 app.py
