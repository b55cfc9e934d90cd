#!/bin/sh
# Starts the backend, the application, and the front that customers connect to: none is below another.
export PYTHONPATH=../lib
python3 ../lib/backend.py &
python3 app.py &
python3 front.py
