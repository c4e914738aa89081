"""The strategy that freqtrade trades in its test; freqtrade imports this file by itself."""

from typing import Any

from freqtrade.strategy import IStrategy  # type: ignore[import-not-found]


class ScriptedCandles(IStrategy):  # type: ignore[misc] # it is not installed where types are checked
    """In when a candle closes at 95100 or above, out when one closes at 94900 or below."""

    timeframe = "1m"
    minimal_roi: dict[str, float] = {}
    stoploss = -0.05
    startup_candle_count = 1

    def populate_indicators(self, dataframe: Any, metadata: dict[str, str]) -> Any:
        """The close alone decides."""
        return dataframe

    def populate_entry_trend(self, dataframe: Any, metadata: dict[str, str]) -> Any:
        """In."""
        dataframe.loc[dataframe["close"] >= 95100, "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: Any, metadata: dict[str, str]) -> Any:
        """Out."""
        dataframe.loc[dataframe["close"] <= 94900, "exit_long"] = 1
        return dataframe
