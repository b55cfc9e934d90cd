#pragma once
// proxy: the relay and its faults.
