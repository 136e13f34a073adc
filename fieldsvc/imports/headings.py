"""By which headings files call our fields, in Chinese (both scripts) and English, the best word first.

Decides words only; a heading is compared without its width, case, spaces and remarks in brackets. 日期 alone stands for the day
of whatever the file is about, so it comes last everywhere.
"""

from __future__ import annotations


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word.strip() for line in lines for word in line.split("|"))


HEADINGS: dict[str, tuple[str, ...]] = {
    "account": _words(
        "户号|用户号|用户编号|客户编号|客户号|用户代码|用气编号|燃气户号|缴费号|戶號|用戶編號|客戶編號",
        "account|account no|account number|customer no|customer number|customer id",
    ),
    "name": _words(
        "户名|姓名|用户姓名|用户名称|客户名称|客户姓名|户主|户主姓名|名称|戶名|用戶姓名|客戶名稱",
        "name|customer name|householder|customer",
    ),
    "phone": _words(
        "电话|联系电话|手机|手机号|手机号码|电话号码|联系方式|電話|聯絡電話|聯繫電話|手機",
        "phone|telephone|mobile|tel|phone number",
    ),
    "district": _words(
        "区域|片区|行政区|小区|小区名称|社区|所属区域|区|區域|片區|小區",
        "district|area|community",
    ),
    "address": _words(
        "地址|用户地址|用气地址|详细地址|安装地址|客户地址|住址|街道|詳細地址|用戶地址",
        "address|street|premises",
    ),
    "building": _words("楼栋|楼号|栋号|幢号|栋|幢|楼|座|樓棟|棟|樓號", "building|block"),
    "unit": _words("单元|单元号|门洞|單元", "unit|entrance|stair"),
    "room": _words(
        "房号|室号|门牌号|门牌|房间号|门号|室|房號|門牌號",
        "room|flat|apartment|door|room no",
    ),
    "serial": _words(
        "表号|燃气表号|气表号|表具编号|表具号|表钢号|表身号|表编号|计量表号|出厂编号|表號|錶號|燃氣表號",
        "meter number|meter no|meter|serial|serial no|serial number|meter serial",
    ),
    "kind": _words("表型|表类型|表具类型|燃气表类型|计量表类型|类型|表類型", "meter kind|meter type|type"),
    "digits": _words("整数位|整数位数|黑字位数|位数|整數位", "digits|whole digits|int digits"),
    "decimals": _words("小数位|小数位数|红字位数|小數位", "decimals|decimal digits|dec digits"),
    "value": _words(
        "读数|表读数|止码|本次止码|表底|表底数|示数|抄表读数|本期读数|本次读数|行度|本次行度|本次表底|讀數|止碼",
        "reading|value|meter reading|index",
    ),
    "read_at": _words(
        "抄表日期|抄表时间|读数日期|本次抄表日期|抄表日|抄表時間|讀數日期|日期|时间",
        "read at|read on|reading date|date read|date|time",
    ),
    "type": _words(
        "工单类型|任务类型|作业类型|业务类型|工單類型|任務類型|类型",
        "visit type|job type|order type|kind of visit|job|type",
    ),
    "day": _words(
        "计划日期|上门日期|预约日期|安检日期|派工日期|计划上门日期|計劃日期|上門日期|預約日期|日期",
        "planned date|visit date|planned on|planned|date|day",
    ),
    "from": _words("开始时间|起始时间|预约开始时间|开始|開始時間|從", "from|start time|start"),
    "to": _words("结束时间|截止时间|预约结束时间|结束|結束時間|至", "to|end time|end|until"),
    "technician": _words(
        "安检员|抄表员|技术员|负责人|派工人员|作业人员|执行人|人员|工号|安檢員|抄表員",
        "technician|assignee|inspector|assigned to|staff",
    ),
}

METER_KINDS: dict[str, tuple[str, ...]] = {
    "diaphragm": _words("膜式表|膜式燃气表|皮膜表|普表|机械表|膜式錶|diaphragm|diaphragm meter"),
    "ic_card": _words("IC卡表|IC卡|卡表|IC卡膜式表|预付费表|ic card|ic card meter|ic_card|prepaid"),
    "remote": _words("远传表|遠傳表|无线远传表|remote|remote meter"),
    "iot": _words("物联网表|物聯網表|物联网|NB表|NB-IoT|iot|iot meter"),
    "water": _words("水表|水錶|water|water meter"),
    "electric": _words("电能表|电表|電能表|電表|electric|electricity meter"),
    "ultrasonic": _words("超声波表|超聲波表|超声波|ultrasonic|ultrasonic meter"),
    "rotary_turbine": _words(
        "罗茨、涡轮流量计|罗茨流量计|罗茨表|罗茨|涡轮流量计|涡轮|羅茨|渦輪|rotary_turbine|rotary|turbine"
    ),
}
