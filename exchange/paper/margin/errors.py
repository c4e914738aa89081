"""What margin accounts are refused (Binance docs: margin error codes)."""

from exchange.paper.errors import WireError


class MarginAccountMissing(WireError):
    code = -3003
    text = "Margin account does not exist."


class IsolatedAccountMissing(WireError):
    code = -11001
    text = "Isolated margin account does not exist."


class TradeNotAllowed(WireError):
    code = -3004
    text = "Trade not allowed."


class BorrowAboveMaximum(WireError):
    code = -3006
    text = "Your borrow amount has exceed maximum borrow amount."


class PendingTransaction(WireError):
    code = -3007
    text = "You have pending transaction, please try again later.."


class BorrowNotAllowed(WireError):
    code = -3008
    text = "Borrow not allowed. Your borrow amount has exceed maximum borrow amount."


class RepayNotAllowed(WireError):
    code = -3010
    text = "Repay not allowed. Repay amount exceeds borrow amount."


class AssetBorrowBanned(WireError):
    code = -3012
    text = "Borrow is banned for this asset."


class BorrowBelowMinimum(WireError):
    code = -3013
    text = "Borrow amount less than minimum borrow amount."


class AccountBorrowBanned(WireError):
    code = -3014
    text = "Borrow is banned for this account."


class RepayAboveDebt(WireError):
    code = -3015
    text = "Repay amount exceeds borrow amount."


class RepayBelowMinimum(WireError):
    code = -3016
    text = "Repay amount less than minimum repay amount."


class TransferOutAboveMaximum(WireError):
    code = -3020
    text = "Transfer out amount exceeds max amount."


class TransferInBanned(WireError):
    code = -3018
    text = "Transferring in has been banned for this account."


class TransferOutBanned(WireError):
    code = -3019
    text = "Transferring out has been banned for this account."


class PairNotOnMargin(WireError):
    code = -3021
    text = "Margin account are not allowed to trade this trading pair."


class TradingBanned(WireError):
    code = -3022
    text = "You account's trading is banned."


class LevelTooLow(WireError):
    code = -3023
    text = "You can't transfer out/place order under current margin level."


class UnpaidDebtTooSmall(WireError):
    code = -3024
    text = "The unpaid debt is too small after this repayment."


class NotMarginAsset(WireError):
    code = -3027
    text = "Not a valid margin asset."


class NotMarginPair(WireError):
    code = -3028
    text = "Not a valid margin pair."


class BalanceNotEnough(WireError):
    code = -3041
    text = "Balance is not enough"


class SystemBusy(WireError):
    code = -3044
    text = "System busy."


class NothingToLend(WireError):
    code = -3045
    text = "The system doesn't have enough asset now."


class TransferInsufficient(WireError):
    code = -5013
    text = "Asset transfer failed: insufficient balance"


class IsolatedBorrowAboveMaximum(WireError):
    code = -11008
    text = "Exceeding the account's maximum borrowable limit."


BY_CODE: dict[int, type[WireError]] = {
    refusal.code: refusal
    for refusal in (
        MarginAccountMissing,
        IsolatedAccountMissing,
        TradeNotAllowed,
        BorrowAboveMaximum,
        PendingTransaction,
        BorrowNotAllowed,
        RepayNotAllowed,
        AssetBorrowBanned,
        BorrowBelowMinimum,
        AccountBorrowBanned,
        RepayAboveDebt,
        RepayBelowMinimum,
        TransferInBanned,
        TransferOutBanned,
        TransferOutAboveMaximum,
        PairNotOnMargin,
        TradingBanned,
        LevelTooLow,
        UnpaidDebtTooSmall,
        NotMarginAsset,
        NotMarginPair,
        BalanceNotEnough,
        SystemBusy,
        NothingToLend,
        TransferInsufficient,
        IsolatedBorrowAboveMaximum,
    )
}
