python3 clock.py &
exec python3 shop.py
