#pragma once
// load: schedules, journeys, crawling, workers and the generator's own health.
