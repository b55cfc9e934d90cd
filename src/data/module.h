#pragma once
// data: a throw-away database's statistics, its plans, and the growth of its data.
