#pragma once
// engine: the stages in order; the only module that knows two instruments.
